import { useMedia } from "../../api/media.ts";
import type { Summary } from "../../api/types.ts";
import { age, clock, dollars, isFree, plural, span } from "../../format.ts";
import { isEnded, stateWord, toneOf } from "../../states.ts";
import { now } from "../../use-now.ts";

export function ProductionRow(props: {
  readonly row: Summary;
  readonly isSelected: boolean;
  readonly onFocus: () => void;
}) {
  const { row } = props;
  const tone = toneOf(row.status);
  const note = noteOf(row);
  const isRunning = !isEnded(row.status) && row.status !== "queued";
  return (
    <li class={props.isSelected ? "row selected" : "row"}>
      <a href={`/productions/${row.id}`} onFocus={props.onFocus}>
        <Poster row={row} />
        <span class="row-title">
          <strong>{row.title ?? "Untitled"}</strong>
          {note === "" ? null : <span class="row-note">{note}</span>}
        </span>
        <span class="row-length figures">{row.seconds === null ? "" : clock(row.seconds)}</span>
        <span class={`state ${tone}`}>
          <span class="dot" aria-hidden="true" />
          <span>
            {stateWord(row)}
            {isRunning && row.framesTotal > 0 ? (
              <span class="figures"> {Math.floor(row.progress * 100)} %</span>
            ) : null}
          </span>
        </span>
        <span class="row-cost figures">
          {isFree(row.costs.accrued, row.costs.basis) ? "" : dollars(row.costs.accrued)}
        </span>
        <time
          class="row-age figures"
          dateTime={row.createdAt}
          title={new Date(row.createdAt).toLocaleString()}
        >
          {age(row.createdAt, now.value)}
        </time>
      </a>
      {isRunning ? <span class="row-fill" style={{ transform: `scaleX(${row.progress})` }} /> : null}
    </li>
  );
}

/** The poster; before there is one, what a film's leader shows: how far it is. */
function Poster({ row }: { readonly row: Summary }) {
  const url = useMedia(row.posterUrl);
  if (url !== null) return <img class="poster" src={url} alt="" loading="lazy" decoding="async" />;
  const isRunning = !isEnded(row.status) && row.status !== "queued";
  return (
    <span class={`poster leader ${toneOf(row.status)}`} aria-hidden="true">
      {isRunning && row.framesTotal > 0 ? Math.floor(row.progress * 100) : ""}
    </span>
  );
}

function noteOf(row: Summary): string {
  if (row.status === "failed" && row.error !== null) return row.error.message;
  const scenes = row.sceneCount === 0 ? "" : plural(row.sceneCount, "scene");
  const left = !isEnded(row.status) && row.etaSeconds !== null ? `${span(row.etaSeconds)} left` : "";
  const took =
    row.status === "succeeded" && row.startedAt !== null && row.endedAt !== null
      ? `made in ${span((Date.parse(row.endedAt) - Date.parse(row.startedAt)) / 1000)}`
      : "";
  return [scenes, left, took].filter((part) => part !== "").join(" · ");
}
