import type { Issue } from "../../api/types.ts";
import { plural } from "../../format.ts";
import { Icon } from "../../ui/icon.tsx";

const MOST_SHOWN = 30;

export function IssueList({
  issues,
  retry = null,
}: {
  readonly issues: readonly Issue[];
  readonly retry?: (() => void) | null;
}) {
  const sorted = issues.toSorted((a, b) => (a.severity === b.severity ? 0 : a.severity === "error" ? -1 : 1));
  const errors = issues.filter(({ severity }) => severity === "error").length;
  return (
    <section class={errors > 0 ? "issues wrong" : "issues"} aria-live="polite" aria-label="Findings">
      <ul>
        {sorted.slice(0, MOST_SHOWN).map((issue, index) => (
          <li key={index} class={issue.severity}>
            <Icon name="warn" />
            <div>
              <p>
                <span class="hidden">{issue.severity}: </span>
                {issue.message}
              </p>
              {issue.hint === undefined ? null : <p class="quiet">{issue.hint}</p>}
              <p class="where">
                <code>{issue.code}</code>
                {issue.path === "" || issue.path === "$" ? null : <code>{issue.path}</code>}
              </p>
            </div>
          </li>
        ))}
      </ul>
      {issues.length > MOST_SHOWN ? (
        <p class="quiet">And {plural(issues.length - MOST_SHOWN, "more finding")}.</p>
      ) : null}
      {retry === null ? null : (
        <button type="button" class="button" onClick={retry}>
          Try again
        </button>
      )}
    </section>
  );
}
