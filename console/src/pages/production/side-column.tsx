import { save } from "../../api/media.ts";
import type { Production, Workers } from "../../api/types.ts";
import { bytes, count, dollars, hostOf, price, span } from "../../format.ts";
import { isEnded, stateWord, toneOf } from "../../states.ts";
import { Icon } from "../../ui/icon.tsx";
import { now } from "../../use-now.ts";
import { useResource } from "../../use-resource.ts";

const FILE_WORDS: Readonly<Record<string, string>> = {
  film: "Film",
  scene: "Scene",
  poster: "Poster",
  "contact-sheet": "Contact sheet",
  srt: "Captions",
  vtt: "Captions",
  report: "Quality report",
};

export function SideColumn({
  production,
  isLive,
}: {
  readonly production: Production;
  readonly isLive: boolean;
}) {
  const { result, costs } = production;
  const isOver = isEnded(production.status);
  const known = useResource<Workers>("/v1/workers");
  const servers = (known.value?.workers ?? []).flatMap(({ role, host }) => (role === "server" ? [host] : []));
  const hosts = [
    ...new Set(production.scenes.flatMap(({ worker }) => (worker === null ? [] : hostOf(worker)))),
  ];
  const started = production.startedAt === null ? null : Date.parse(production.startedAt);
  const until = production.endedAt === null ? now.value : Date.parse(production.endedAt);
  return (
    <div class="column">
      <section aria-label="State">
        <p class={`state big ${toneOf(production.status)}`}>
          <span class="dot" aria-hidden="true" />
          <span aria-live="polite">{stateWord(production)}</span>
          {isOver || production.etaSeconds === null ? null : (
            <span class="figures end">{span(production.etaSeconds)} left</span>
          )}
        </p>
        {isOver ? null : (
          <div
            class="meter"
            role="progressbar"
            aria-label="Progress"
            aria-valuenow={Math.floor(production.progress * 100)}
            aria-valuemin={0}
            aria-valuemax={100}
          >
            <span style={{ transform: `scaleX(${production.progress})` }} />
          </div>
        )}
        {isLive || isOver ? null : <p class="quiet">Connection to the server lost. Reconnecting…</p>}
        <dl class="facts">
          {production.framesTotal === 0 || isOver ? null : (
            <Fact
              name="Frames"
              value={`${count(production.framesRendered)} of ${count(production.framesTotal)}`}
            />
          )}
          {production.fps === null || isOver ? null : (
            <Fact name="Speed" value={`${production.fps.toFixed(1)} frames/s`} />
          )}
          {started === null ? null : (
            <Fact name={isOver ? "Took" : "Elapsed"} value={span((until - started) / 1000)} />
          )}
          {production.attempt > 1 ? <Fact name="Attempt" value={String(production.attempt)} /> : null}
          {result === null ? null : (
            <>
              <Fact name="Picture" value={`${result.width} × ${result.height}, ${rate(result.fps)} fps`} />
              <Fact name="Encoder" value={result.encoder} />
              {result.integratedLufs === null ? null : (
                <Fact name="Loudness" value={`${result.integratedLufs.toFixed(1)} LUFS`} />
              )}
            </>
          )}
        </dl>
      </section>
      <section aria-labelledby="cost">
        <h2 id="cost">Cost</h2>
        <p class="figures cost">{price(costs.accrued, costs.basis)}</p>
        <p class="quiet">{sentence(costs.basis)}</p>
        {costs.lines.length === 0 ? null : (
          <dl class="facts">
            {costs.lines.map(({ what, quantity, unit, amount }) => (
              <Fact key={what} name={`${what}, ${quantity} ${unit}`} value={dollars(amount)} />
            ))}
          </dl>
        )}
      </section>
      {hosts.length === 0 ? null : (
        <section aria-labelledby="made-by">
          <h2 id="made-by">{isOver ? "Rendered by" : "Rendering on"}</h2>
          <ul class="plain">
            {hosts.map((host) => (
              <li key={host}>
                {host}
                {servers.includes(host) ? <span class="quiet"> this machine</span> : null}
              </li>
            ))}
          </ul>
        </section>
      )}
      {result === null ? null : (
        <section aria-labelledby="files">
          <h2 id="files">Files</h2>
          <ul class="files">
            {result.files.map(({ kind, name, sizeBytes, url }) => (
              <li key={url}>
                <button type="button" onClick={() => void save(url, name)} title={`Download ${name}`}>
                  <Icon name="download" />
                  <span class="file-name">
                    {fileWord(kind, name)} <span class="quiet">{ending(name)}</span>
                  </span>
                  <span class="figures quiet">{bytes(sizeBytes)}</span>
                </button>
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="figures">{value}</dd>
    </div>
  );
}

function rate(fps: number): string {
  return Number.isInteger(fps) ? String(fps) : fps.toFixed(3);
}

function sentence(text: string): string {
  const first = text.charAt(0).toUpperCase() + text.slice(1);
  return first.endsWith(".") ? first : `${first}.`;
}

function fileWord(kind: string, name: string): string {
  return FILE_WORDS[kind] ?? FILE_WORDS[name.split(".").at(-1) ?? ""] ?? kind;
}

/** `film.zh.srt` -> `zh.srt` */
function ending(name: string): string {
  return name.replace(/^film\./, "");
}
