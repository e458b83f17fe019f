/** What stands in the player's place while there is no film: the frame that was finished last, and how far it is. */
import { useMedia } from "../../api/media.ts";
import type { Production } from "../../api/types.ts";
import { span } from "../../format.ts";
import { isEnded, stateWord } from "../../states.ts";
import { frameRatio } from "./strip-items.ts";

const OVER: Readonly<Record<string, string>> = {
  canceled: "Canceled before it was finished",
  failed: "No film was made",
  succeeded: "Delivered as one file per scene",
};

export function Screening(props: { readonly production: Production; readonly sketch: string | null }) {
  const { production } = props;
  const latest =
    production.scenes.findLast(({ thumbnailUrl }) => thumbnailUrl !== null)?.thumbnailUrl ?? null;
  const picture = useMedia(latest) ?? props.sketch;
  const ratio = frameRatio(production);
  const isOver = isEnded(production.status);
  // Nothing to show and nothing to wait for: the page says the rest.
  if (isOver && picture === null) return null;
  return (
    <figure class={`player screening${isOver ? " over" : ""}`} style={{ "--ratio": ratio }}>
      <div class={picture === null ? "screen blank" : "screen"}>
        {picture === null ? null : <img src={picture} alt="" class={latest === null ? "sketch" : ""} />}
        <div class="screen-words">
          {isOver ? (
            <strong>{OVER[production.status] ?? ""}</strong>
          ) : (
            <>
              {production.framesTotal === 0 ? null : (
                <strong class="figures percent">
                  {Math.floor(production.progress * 100)}
                  <small>%</small>
                </strong>
              )}
              <span>
                {stateWord(production)}
                {production.etaSeconds === null ? "" : ` · ${span(production.etaSeconds)} left`}
              </span>
            </>
          )}
        </div>
      </div>
    </figure>
  );
}
