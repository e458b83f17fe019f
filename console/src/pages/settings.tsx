import "../styles/pages.css";
import { forgetKey, key } from "../api/client.ts";
import type { Health, SystemCheck } from "../api/types.ts";
import { span } from "../format.ts";
import { type Theme, theme } from "../theme.ts";
import { LoadError } from "../ui/error-panel.tsx";
import { Icon } from "../ui/icon.tsx";
import { KeyList } from "../ui/key-help.tsx";
import { Segments } from "../ui/segments.tsx";
import { useTitle } from "../ui/use-title.ts";
import { useResource } from "../use-resource.ts";
import { ApiKeys } from "./api-keys.tsx";

const THEMES = [
  { value: "system", label: "System" },
  { value: "dark", label: "Dark" },
  { value: "light", label: "Light" },
] as const;

const MARKS = { ok: "check", warning: "warn", failed: "close" } as const;

export function SettingsPage() {
  useTitle("Settings");
  const health = useResource<Health>("/health", 10_000);
  const system = useResource<SystemCheck>("/validate-system");
  return (
    <div class="page narrow">
      <div class="page-head">
        <h1>Settings</h1>
      </div>
      <section class="setting">
        <h2>Appearance</h2>
        <Segments
          label="Theme"
          name="theme"
          value={theme.value}
          options={THEMES}
          onChange={(value: Theme) => {
            theme.value = value;
          }}
        />
      </section>
      <section class="setting">
        <h2>System check</h2>
        {system.error === null ? null : (
          <LoadError title="The system check failed to run" error={system.error} retry={system.reload} />
        )}
        {system.value === null ? (
          system.error === null ? (
            <div class="skeleton block" role="status" aria-label="Checking" />
          ) : null
        ) : (
          <ul class="checks">
            {system.value.checks.map((check) => (
              <li key={check.name} class={check.state}>
                <Icon name={MARKS[check.state]} />
                <strong>{check.name}</strong>
                <div>
                  <p>{check.message}</p>
                  {check.hint === undefined ? null : <p class="quiet">{check.hint}</p>}
                </div>
              </li>
            ))}
          </ul>
        )}
      </section>
      <ApiKeys />
      <section class="setting">
        <h2>Server</h2>
        {health.error === null ? (
          <p class="figures">
            {health.value === null
              ? ""
              : `Reelburst ${health.value.version}, running for ${span(health.value.uptimeSeconds)}`}
          </p>
        ) : (
          <LoadError title="The server is not healthy" error={health.error} retry={health.reload} />
        )}
        <p>
          <a href="/docs" target="_blank" rel="noreferrer">
            API reference
          </a>
        </p>
        {key.value === null ? null : (
          <button
            type="button"
            class="button"
            onClick={() => {
              forgetKey();
              location.reload();
            }}
          >
            Sign out of this tab
          </button>
        )}
      </section>
      <section class="setting">
        <h2>Keyboard shortcuts</h2>
        <KeyList />
      </section>
    </div>
  );
}
