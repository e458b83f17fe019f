import "../../styles/production.css";
import { useCallback, useMemo, useRef, useState } from "preact/hooks";
import { ask, type Refusal } from "../../api/client.ts";
import { save } from "../../api/media.ts";
import type { Production } from "../../api/types.ts";
import { clock, plural } from "../../format.ts";
import { useKeys } from "../../keyboard.ts";
import { isEnded } from "../../states.ts";
import { localThumbnails } from "../../strip/local-thumbnails.ts";
import { Strip, StripSkeleton } from "../../strip/strip.tsx";
import { ErrorPanel, LoadError } from "../../ui/error-panel.tsx";
import { Icon } from "../../ui/icon.tsx";
import { useTitle } from "../../ui/use-title.ts";
import { failedScene } from "./failed-scene.ts";
import { Player } from "./player.tsx";
import { Notices, Quality } from "./quality.tsx";
import { SceneList } from "./scene-list.tsx";
import { Screening } from "./screening.tsx";
import { SideColumn } from "./side-column.tsx";
import { frameRatio, stripItems } from "./strip-items.ts";
import { useProduction } from "./use-production.ts";

export function ProductionPage({ id }: { readonly id: string }) {
  const live = useProduction(id);
  const { production, error } = live;
  useTitle(production?.title ?? "Production");
  if (production === null) {
    return (
      <div class="page">
        {error === null ? (
          <Skeleton />
        ) : (
          <LoadError isPage title="This production could not be loaded" error={error} retry={live.reload} />
        )}
      </div>
    );
  }
  return <Shown {...live} production={production} />;
}

function Shown(props: ReturnType<typeof useProduction> & { readonly production: Production }) {
  const { production } = props;
  const video = useRef<HTMLVideoElement>(null);
  const [playhead, setPlayhead] = useState(0);
  const [chosen, setChosen] = useState<number | null>(null);
  const [refusal, setRefusal] = useState<Refusal | null>(null);
  const sketches = localThumbnails.get(production.id);
  const items = useMemo(() => stripItems(production, sketches), [production, sketches]);
  const starts = useMemo(() => {
    let at = 0;
    return items.map(({ seconds }) => {
      at += seconds;
      return at - seconds;
    });
  }, [items]);
  const hasFilm = production.url !== null;
  const current = hasFilm
    ? Math.max(
        0,
        starts.findLastIndex((start) => start <= playhead + 0.05),
      )
    : chosen;

  const seek = useCallback((seconds: number) => {
    setPlayhead(seconds);
    if (video.current !== null) video.current.currentTime = seconds;
  }, []);
  const select = useCallback(
    (index: number) => {
      setChosen(index);
      if (hasFilm) seek((starts[index] ?? 0) + 0.001);
    },
    [hasFilm, starts, seek],
  );
  const act = (action: "cancel" | "retry"): void => {
    setRefusal(null);
    ask<Production>(`/v1/productions/${production.id}/${action}`, { method: "POST" }).then(
      props.replace,
      setRefusal,
    );
  };
  const toggle = (): void => {
    if (video.current?.paused === true) void video.current.play().catch(() => {});
    else video.current?.pause();
  };
  useKeys({
    " ": toggle,
    j: () => select(Math.min((current ?? -1) + 1, items.length - 1)),
    k: () => select(Math.max((current ?? 1) - 1, 0)),
    ArrowLeft: () => seek(Math.max(0, playhead - 1)),
    ArrowRight: () => seek(playhead + 1),
  });

  const { result, error } = production;
  const ratio = frameRatio(production);
  const film = result?.files.find(({ kind }) => kind === "film");
  const isOver = isEnded(production.status);
  const failed = items[failedScene(production, items) ?? -1]?.id;
  // What would fail again the same way is to be made anew from other files; Retry stays for who has mended the cause.
  const isFinal = production.status === "failed" && error?.retryable === false;
  return (
    <div class="page production">
      <div class="page-head">
        <a class="icon-button" href="/" aria-label="All productions">
          <Icon name="back" />
        </a>
        <div class="title">
          <h1>{production.title ?? "Untitled"}</h1>
          <p class="quiet figures">
            {[
              plural(items.length, "scene"),
              result === null ? null : clock(result.seconds),
              new Date(production.createdAt).toLocaleString("en", {
                dateStyle: "medium",
                timeStyle: "short",
              }),
            ]
              .filter((part) => part !== null)
              .join(" · ")}
          </p>
        </div>
        <div class="actions">
          {isOver ? null : (
            <button
              type="button"
              class="button"
              disabled={production.cancelRequested}
              onClick={() => act("cancel")}
            >
              <Icon name="close" />
              {production.cancelRequested ? "Canceling" : "Cancel"}
            </button>
          )}
          {production.status === "failed" || production.status === "canceled" ? (
            <button type="button" class={isFinal ? "button" : "button accent"} onClick={() => act("retry")}>
              <Icon name="retry" />
              Retry
            </button>
          ) : null}
          {isFinal ? (
            <a class="button accent" href="/new">
              <Icon name="plus" />
              New film
            </a>
          ) : null}
          {film === undefined || production.url === null ? null : (
            <button
              type="button"
              class="button accent"
              onClick={() => void save(production.url ?? "", `${production.title ?? "film"}.mp4`)}
            >
              <Icon name="download" />
              Download film
            </button>
          )}
        </div>
      </div>
      {refusal === null ? null : <ErrorPanel title="That did not work" trouble={refusal} />}
      {error === null ? null : (
        <ErrorPanel
          title={failed === undefined ? "The film could not be made" : `Scene ${failed} could not be made`}
          trouble={error}
        >
          {production.problems.length > 1 ? (
            <details>
              <summary>All {production.problems.length} problems</summary>
              <ul class="problems">
                {production.problems.map((each, index) => (
                  <li key={index}>
                    <code>{each.path ?? each.code}</code> {each.message}
                  </li>
                ))}
              </ul>
            </details>
          ) : undefined}
        </ErrorPanel>
      )}
      <Strip
        label="Film strip"
        items={items}
        selected={current}
        onSelect={select}
        playhead={hasFilm ? playhead : null}
        onSeek={hasFilm ? seek : undefined}
      />
      <div class="desk">
        <div class={ratio < 1 ? "desk-main upright" : "desk-main"} style={{ "--ratio": ratio }}>
          {hasFilm ? (
            <Player production={production} video={video} onTime={setPlayhead} />
          ) : (
            <Screening production={production} sketch={items[0]?.sketch ?? null} />
          )}
          {result === null ? null : <Quality result={result} onSeek={seek} />}
          {!isOver && props.notices.length > 0 ? (
            <section class="quality">
              <Notices notices={props.notices} />
            </section>
          ) : null}
          {production.scenes.length === 0 ? null : (
            <SceneList production={production} items={items} selected={current} onSelect={select} />
          )}
        </div>
        <SideColumn production={production} isLive={props.isLive} />
      </div>
    </div>
  );
}

function Skeleton() {
  return (
    <div aria-hidden="true">
      <div class="page-head">
        <span class="skeleton line tall" style={{ width: "30%" }} />
      </div>
      <StripSkeleton />
      <div class="desk">
        <div class="skeleton screen-ghost" />
        <div class="column">
          <span class="skeleton line" />
          <span class="skeleton line" />
          <span class="skeleton line" />
        </div>
      </div>
    </div>
  );
}
