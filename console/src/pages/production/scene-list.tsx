import type { Production } from "../../api/types.ts";
import { count, span, timecode } from "../../format.ts";
import { sceneTone } from "../../states.ts";
import type { StripItem } from "../../strip/strip.tsx";

const WORDS = {
  waiting: "waiting",
  active: "rendering",
  done: "done",
  retried: "retrying",
  failed: "failed",
  skipped: "skipped",
} as const;

/** Rows beyond the screen cost nothing: the style sheet leaves them undrawn. */
export function SceneList(props: {
  readonly production: Production;
  readonly items: readonly StripItem[];
  readonly selected: number | null;
  readonly onSelect: (index: number) => void;
}) {
  const { scenes } = props.production;
  return (
    <section aria-labelledby="scenes">
      <h2 id="scenes">
        Scenes <span class="quiet figures">{count(scenes.length)}</span>
      </h2>
      <ol class="scenes">
        {scenes.map((scene, index) => (
          <li key={scene.id} class={index === props.selected ? "selected" : ""}>
            <button
              type="button"
              onClick={() => props.onSelect(index)}
              aria-pressed={index === props.selected}
            >
              <span class="figures number">{index + 1}</span>
              <span class="scene-id">{scene.id}</span>
              <span class="figures length">{timecode(props.items[index]?.seconds ?? 0)}</span>
              <span class={`state ${sceneTone(scene.status)}`}>
                <span class="dot" aria-hidden="true" />
                {scene.cached && scene.status === "done" ? "cached" : WORDS[scene.status]}
                {scene.status === "active" && scene.framesTotal > 0 ? (
                  <span class="figures">
                    {Math.floor((scene.framesRendered / scene.framesTotal) * 100)} %
                  </span>
                ) : null}
              </span>
              <span class="figures quiet took">
                {scene.attempt > 1 ? `attempt ${scene.attempt}` : ""}
                {scene.renderMs === null || scene.cached ? "" : ` ${span(scene.renderMs / 1000)}`}
              </span>
            </button>
          </li>
        ))}
      </ol>
    </section>
  );
}
