import { useState } from "preact/hooks";
import { ask, type Refusal, send } from "../api/client.ts";
import type { CreatedKey, Keys } from "../api/types.ts";
import { age } from "../format.ts";
import { ErrorPanel } from "../ui/error-panel.tsx";
import { now } from "../use-now.ts";
import { useResource } from "../use-resource.ts";

const SCOPES = ["read", "write", "admin"] as const;

export function ApiKeys() {
  const keys = useResource<Keys>("/v1/keys");
  const [name, setName] = useState("");
  const [scope, setScope] = useState<(typeof SCOPES)[number]>("write");
  const [made, setMade] = useState<CreatedKey | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  // A key without the right to look at keys: the section is not for its holder.
  if (keys.error?.status === 403) return null;
  const make = (event: Event): void => {
    event.preventDefault();
    setRefusal(null);
    ask<CreatedKey>("/v1/keys", { method: "POST", json: { name: name.trim(), scopes: [scope] } }).then(
      (created) => {
        setMade(created);
        setName("");
        keys.reload();
      },
      setRefusal,
    );
  };
  const remove = (id: string): void => {
    setRefusal(null);
    send(`/v1/keys/${id}`, { method: "DELETE" }).then(keys.reload, setRefusal);
  };
  const trouble = refusal ?? keys.error;
  return (
    <section class="setting">
      <h2>API keys</h2>
      {trouble === null ? null : <ErrorPanel title="That did not work" trouble={trouble} />}
      {made === null ? null : (
        <div class="made-key" role="status">
          <p>
            Key <strong>{made.name}</strong> created. Copy it now: it is shown only once.
          </p>
          <code>{made.key}</code>
        </div>
      )}
      {keys.value?.keys.length === 0 ? <p class="quiet">No keys yet</p> : null}
      <ul class="api-keys">
        {(keys.value?.keys ?? []).map((each) => (
          <li key={each.id}>
            <strong>{each.name}</strong>
            <span class="quiet">{each.scopes.join(", ")}</span>
            <span class="quiet figures">{age(each.createdAt, now.value)}</span>
            <button
              type="button"
              class="button"
              aria-label={`Delete the key ${each.name}`}
              onClick={() => remove(each.id)}
            >
              Delete
            </button>
          </li>
        ))}
      </ul>
      <form class="new-key" onSubmit={make}>
        <label class="field">
          <span>Name</span>
          <input
            value={name}
            maxLength={100}
            required
            onInput={(event) => setName(event.currentTarget.value)}
          />
        </label>
        <label class="field">
          <span>Permission</span>
          <select
            value={scope}
            onChange={(event) => setScope(event.currentTarget.value as (typeof SCOPES)[number])}
          >
            <option value="read">read</option>
            <option value="write">create films</option>
            <option value="admin">admin</option>
          </select>
        </label>
        <button type="submit" class="button">
          Create key
        </button>
      </form>
    </section>
  );
}
