/** What stands in the player's place while there is no film: the frame that was finished last, and how far it is. */
import { useMedia } from "../../api/media.ts";
import type { Production } from "../../api/types.ts";
import { count, span } from "../../format.ts";
import { isEnded, stateWord } from "../../states.ts";

const OVER: Readonly<Record<string, string>> = {
  canceled: "Canceled before it was finished",
  failed: "There is no film",
  succeeded: "Delivered as one file for each scene",
};

export function Screening(props: { readonly production: Production; readonly sketch: string | null }) {
  const { production } = props;
  const latest =
    production.scenes.findLast(({ thumbnailUrl }) => thumbnailUrl !== null)?.thumbnailUrl ?? null;
  const picture = useMedia(latest) ?? props.sketch;
  const output = production.document["output"] as
    | { width?: number; height?: number; aspect?: string }
    | undefined;
  const [across, down] = (output?.aspect ?? "16:9").split(":").map(Number);
  const ratio = output?.width && output.height ? output.width / output.height : (across ?? 16) / (down ?? 9);
  const isOver = isEnded(production.status);
  return (
    <figure class={`player screening${isOver ? " over" : ""}`} style={{ "--ratio": ratio }}>
      <div class="screen">
        {picture === null ? null : <img src={picture} alt="" class={latest === null ? "sketch" : ""} />}
        <div class="screen-words">
          {isOver ? (
            <strong>{OVER[production.status] ?? ""}</strong>
          ) : (
            <>
              <strong class="figures percent">
                {Math.floor(production.progress * 100)}
                <small>%</small>
              </strong>
              <span>
                {stateWord(production)}
                {production.etaSeconds === null ? "" : ` · ${span(production.etaSeconds)} left`}
              </span>
            </>
          )}
        </div>
      </div>
      <figcaption class="transport">
        <span class="figures of">
          {production.framesTotal === 0
            ? "Not planned yet"
            : `${count(production.framesRendered)} of ${count(production.framesTotal)} frames`}
        </span>
      </figcaption>
    </figure>
  );
}
