import { useEffect, useState } from "preact/hooks";
import { send } from "../../api/client.ts";
import type { Issue, Production } from "../../api/types.ts";
import { timecode } from "../../format.ts";

interface Finding {
  readonly code: string;
  readonly severity: "info" | "warning";
  readonly scene: string | null;
  readonly atSeconds: number | null;
  readonly message: string;
  readonly hint: string;
}

interface Report {
  readonly quality?: { readonly findings?: readonly Finding[] };
  readonly notices?: readonly Issue[];
}

/** What the film was found to be, from the report beside it. */
export function Quality(props: {
  readonly production: Production;
  readonly onSeek: (seconds: number) => void;
}) {
  const [report, setReport] = useState<Report | null>(null);
  const url = props.production.result?.files.find(({ name }) => name.endsWith(".json"))?.url ?? null;
  useEffect(() => {
    if (url === null) return;
    const stop = new AbortController();
    send(url, { signal: stop.signal })
      .then((response) => response.json())
      .then((read) => setReport(read as Report))
      .catch(() => {});
    return () => stop.abort();
  }, [url]);
  if (report === null) return null;
  const findings = report.quality?.findings ?? [];
  const notices = report.notices ?? [];
  return (
    <section aria-labelledby="quality" class="quality">
      <h2 id="quality">Quality</h2>
      {findings.length === 0 ? (
        <p class="quiet">
          Picture, sound, captions and lengths were measured in the finished file; nothing stands out.
        </p>
      ) : (
        <ul class="findings">
          {findings.map((finding, index) => (
            <li key={index} class={finding.severity}>
              <p>
                {finding.scene === null ? null : <strong>{finding.scene} </strong>}
                {finding.message}
              </p>
              <p class="quiet">{finding.hint}</p>
              {finding.atSeconds === null ? null : (
                <button
                  type="button"
                  class="link figures"
                  onClick={() => props.onSeek(finding.atSeconds ?? 0)}
                >
                  {timecode(finding.atSeconds)}
                </button>
              )}
            </li>
          ))}
        </ul>
      )}
      {notices.length === 0 ? null : <Notices notices={notices} />}
    </section>
  );
}

export function Notices({ notices }: { readonly notices: readonly Issue[] }) {
  return (
    <>
      <h3>Notices</h3>
      <ul class="findings">
        {notices.map((notice, index) => (
          <li key={index} class="info">
            <p>{notice.message}</p>
            {notice.hint === undefined ? null : <p class="quiet">{notice.hint}</p>}
            <code>{notice.code}</code>
          </li>
        ))}
      </ul>
    </>
  );
}
