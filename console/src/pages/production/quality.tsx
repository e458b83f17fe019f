import { openFile } from "../../api/media.ts";
import type { Issue, Production } from "../../api/types.ts";
import { timecode } from "../../format.ts";
import { Icon } from "../../ui/icon.tsx";

type Result = NonNullable<Production["result"]>;

/** What the finished film was found to be. */
export function Quality(props: { readonly result: Result; readonly onSeek: (seconds: number) => void }) {
  const { findings, notices, files } = props.result;
  const report = files.find(({ kind }) => kind === "report");
  return (
    <section aria-labelledby="quality" class="quality">
      <div class="section-head">
        <h2 id="quality">Quality</h2>
        {report === undefined ? null : (
          <button type="button" class="link" onClick={() => void openFile(report.url, report.name)}>
            Full report
          </button>
        )}
      </div>
      {findings.length === 0 ? (
        <p class="sound">
          <Icon name="check" />
          No problems found in the picture, sound, captions and lengths of the finished film.
        </p>
      ) : (
        <ul class="findings">
          {findings.map((finding, index) => (
            <li key={index} class={finding.severity}>
              <p>
                {finding.scene === null ? null : <strong>{finding.scene} </strong>}
                {finding.atSeconds === null ? null : (
                  <button
                    type="button"
                    class="link figures"
                    onClick={() => props.onSeek(finding.atSeconds ?? 0)}
                  >
                    {timecode(finding.atSeconds)}
                  </button>
                )}{" "}
                {finding.message}
              </p>
              <p class="quiet">{finding.hint}</p>
            </li>
          ))}
        </ul>
      )}
      <Notices notices={notices.filter(({ code }) => !findings.some((finding) => finding.code === code))} />
    </section>
  );
}

export function Notices({
  notices,
}: {
  readonly notices: readonly Pick<Issue, "code" | "message" | "hint">[];
}) {
  if (notices.length === 0) return null;
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
