import type { Notice, ProductionEvent, ProductionState, SceneStatus } from "../../produce/events.ts";
import { printable } from "../text/printable.ts";
import { fleetLine } from "./fleet-lines.ts";
import { RateMeter } from "./rate-meter.ts";

export interface SceneView {
  /** `printable` already. */
  readonly id: string;
  readonly status: SceneStatus;
  readonly framesRendered: number;
  readonly framesTotal: number;
  readonly attempt: number;
  readonly fps: number | null;
}

export interface Planned {
  readonly totalFrames: number;
  readonly seconds: number;
  readonly chunks: number;
  readonly cachedChunks: number;
  readonly slots: number;
  readonly scenes: number;
}

export interface Progress {
  readonly framesRendered: number;
  readonly framesTotal: number;
  readonly fps: number | null;
  readonly etaSeconds: number | null;
}

/** What is being read; of files that come from URLs also how much has arrived (null: it is a scene, or unknown). */
interface FetchedView {
  readonly done: number;
  readonly total: number;
  readonly name: string;
  readonly receivedBytes: number | null;
  readonly totalBytes: number | null;
}

/**
 * What a screen needs to know of a render, kept up to date event by event. Work per event does not grow
 * with the number of scenes: a production may have ten thousand.
 */
export class RenderView {
  state: ProductionState = "queued";
  planned: Planned | null = null;
  progress: Progress | null = null;
  fetched: FetchedView | null = null;
  /** What to say while the work is being stopped; null while it is not. */
  stopping: string | null = null;
  readonly notices: Notice[] = [];
  /** Of rented machines; `printable` already. */
  readonly fleet: string[] = [];
  readonly counts: Record<SceneStatus, number> = {
    waiting: 0,
    active: 0,
    done: 0,
    retried: 0,
    failed: 0,
    skipped: 0,
  };
  readonly #scenes = new Map<string, SceneView>();
  /** Insertion order: a line keeps its place while its scene is at work. */
  readonly #atWork = new Map<string, SceneView>();
  readonly #meters = new Map<string, RateMeter>();

  apply(event: ProductionEvent, nowMs: number): void {
    switch (event.type) {
      case "state":
        this.state = event.state;
        return;
      case "fetched":
        this.fetched = {
          done: event.done,
          total: event.total,
          name: printable(event.name),
          receivedBytes: event.receivedBytes ?? null,
          totalBytes: event.totalBytes ?? null,
        };
        return;
      case "planned":
        this.#plan(event);
        return;
      case "scene":
        this.#scene(event, nowMs);
        return;
      case "progress":
        this.progress = event;
        return;
      case "notice":
        this.notices.push(event.notice);
        return;
      case "fleet":
        this.fleet.push(fleetLine(event.text, nowMs));
        return;
      case "succeeded":
        this.state = "succeeded";
        this.#atWork.clear();
        return;
      case "failed":
        this.state = this.stopping !== null || this.state === "canceled" ? "canceled" : "failed";
        this.stopping = null;
        return;
      default:
        event satisfies never;
    }
  }

  /** Scenes being drawn now, in the order in which they began. */
  scenesAtWork(): readonly SceneView[] {
    return [...this.#atWork.values()];
  }

  #plan(event: Extract<ProductionEvent, { type: "planned" }>): void {
    const { totalFrames, seconds, chunks, cachedChunks, slots, scenes } = event;
    this.planned = { totalFrames, seconds, chunks, cachedChunks, slots, scenes: scenes.length };
    this.#dropScenesBut(new Set(scenes.map(({ id }) => id)));
    for (const scene of scenes) {
      if (this.#scenes.has(scene.id)) continue;
      this.#scenes.set(scene.id, {
        id: printable(scene.id),
        status: "waiting",
        framesRendered: 0,
        framesTotal: scene.frames,
        attempt: 1,
        fps: null,
      });
      this.counts.waiting += 1;
    }
  }

  /** A film planned again has lost the scenes that could not be made. */
  #dropScenesBut(kept: ReadonlySet<string>): void {
    for (const [id, scene] of this.#scenes) {
      if (kept.has(id) || scene.status === "skipped") continue;
      this.counts[scene.status] -= 1;
      this.counts.skipped += 1;
      this.#scenes.set(id, { ...scene, status: "skipped" });
      this.#atWork.delete(id);
      this.#meters.delete(id);
    }
  }

  #scene(event: Extract<ProductionEvent, { type: "scene" }>, nowMs: number): void {
    const before = this.#scenes.get(event.id);
    if (before !== undefined) this.counts[before.status] -= 1;
    this.counts[event.status] += 1;
    const isAtWork = event.status === "active" || event.status === "retried";
    const fps = isAtWork ? this.#measure(event.id, event.framesRendered, nowMs) : null;
    const { status, framesRendered, framesTotal, attempt } = event;
    const scene: SceneView = {
      id: before?.id ?? printable(event.id),
      status,
      framesRendered,
      framesTotal,
      attempt,
      fps,
    };
    this.#scenes.set(event.id, scene);
    if (isAtWork) {
      this.#atWork.set(event.id, scene);
    } else {
      this.#atWork.delete(event.id);
      this.#meters.delete(event.id);
    }
  }

  #measure(id: string, frames: number, nowMs: number): number | null {
    const meter = this.#meters.get(id) ?? new RateMeter();
    this.#meters.set(id, meter);
    meter.record(nowMs, frames);
    return meter.rate();
  }
}
