/**
 * What happens while a production is made, as updates of the store. Events come many times a second; the store is
 * written to a few times a second, with the last of what replaces itself and with all of what does not.
 */
import { statSync } from "node:fs";
import path from "node:path";
import type { SerializedError } from "../support/errors.ts";
import type { ProductionEvent, ProductionResult, ProductionState } from "./events.ts";
import {
  isEnded,
  type NewEvent,
  type ProductionProgress,
  type ProductionUpdate,
  type SceneRecord,
  type StoredResult,
} from "./production-store.ts";

export class ProductionRecorder {
  readonly #workerId: string;
  readonly #hide: (text: string) => string;
  #scenes = new Map<string, SceneRecord>();
  #state: ProductionState = "fetching";
  #pending: Pending = nothing();

  /** @param hide takes the places of this machine out of a text */
  constructor(workerId: string, hide: (text: string) => string) {
    this.#workerId = workerId;
    this.#hide = hide;
  }

  get isPending(): boolean {
    return this.#pending.update || this.#pending.events.size > 0;
  }

  /** Something to tell at once, not with the next regular write. */
  get isUrgent(): boolean {
    return this.#pending.urgent;
  }

  hear(event: ProductionEvent): void {
    switch (event.type) {
      case "state":
        // How it ends is said by whoever waits for the end; queued and fetching by the claim.
        if (isEnded(event.state) || event.state === "queued" || event.state === this.#state) return;
        this.#state = event.state;
        this.#pending.state = event.state;
        this.#pending.update = true;
        this.#pending.urgent = true;
        this.#add("state", { state: event.state }, null);
        return;
      case "fetched":
        this.#add("fetched", { done: event.done, total: event.total, name: event.name }, "fetched");
        return;
      case "planned": {
        const { type: _, scenes, ...facts } = event;
        this.#scenes = new Map(scenes.map(({ id, frames }) => [id, waiting(id, frames)]));
        this.#changeScenes();
        this.#progress({ framesRendered: 0, framesTotal: event.totalFrames, fps: null, etaSeconds: null });
        this.#pending.urgent = true;
        this.#add("planned", { ...facts, scenes: scenes.length }, "planned");
        return;
      }
      case "scene": {
        const known = this.#scenes.get(event.id) ?? waiting(event.id, event.framesTotal);
        const started = !["waiting", "skipped"].includes(event.status) && !event.cached;
        const { type: _, ...facts } = event;
        this.#scenes.set(event.id, { ...known, ...facts, worker: started ? this.#workerId : null });
        this.#changeScenes();
        this.#add("scene", facts, `scene:${event.id}`);
        return;
      }
      case "progress": {
        const { type: _, ...progress } = event;
        this.#progress(progress);
        this.#add("progress", progress, "progress");
        return;
      }
      case "notice":
        this.#add("notice", this.#clean({ notice: event.notice }), null);
        return;
      // A server rents no machines for a render of its own.
      case "fleet":
      case "succeeded":
      case "failed":
        return;
      default:
        event satisfies never;
    }
  }

  succeeded(result: ProductionResult, folder: string): void {
    for (const scene of result.scenes) {
      const known = this.#scenes.get(scene.id) ?? waiting(scene.id, 0);
      this.#scenes.set(scene.id, {
        ...known,
        status: scene.status,
        cached: scene.cached,
        attempt: scene.attempts,
        framesRendered: scene.status === "done" ? known.framesTotal : 0,
        renderMs: Math.round(scene.renderSeconds * 1000),
        file: scene.file === null ? null : relativeTo(folder, scene.file),
      });
    }
    this.#changeScenes();
    const { frames } = result;
    this.#progress({ framesRendered: frames, framesTotal: frames, fps: null, etaSeconds: 0 });
    const stored = storedResult(result, folder);
    this.#pending.result = stored;
    this.#end("succeeded");
    this.#add("succeeded", { result: stored }, null);
  }

  failed(error: SerializedError, problems: readonly SerializedError[]): void {
    const told = this.#clean({ error, problems });
    this.#pending.error = told.error;
    this.#pending.problems = told.problems;
    this.#end("failed");
    this.#add("failed", told, null);
  }

  canceled(): void {
    this.#end("canceled");
  }

  /** Hands over what is to be stored; `putBack` when that failed. */
  take(): ProductionUpdate & { readonly pending: Pending } {
    const pending = this.#pending;
    this.#pending = nothing();
    const { state, progress, result, error, problems } = pending;
    return {
      pending,
      events: [...pending.events.values()],
      ...(pending.scenes ? { scenes: [...this.#scenes.values()] } : {}),
      ...(state === undefined ? {} : { state }),
      ...(progress === undefined ? {} : { progress }),
      ...(result === undefined ? {} : { result }),
      ...(error === undefined ? {} : { error }),
      ...(problems === undefined ? {} : { problems }),
    };
  }

  putBack(earlier: Pending): void {
    const later = this.#pending;
    this.#pending = {
      ...earlier,
      ...withoutUndefined(later),
      update: earlier.update || later.update,
      urgent: earlier.urgent || later.urgent,
      scenes: earlier.scenes || later.scenes,
      events: new Map([...earlier.events, ...later.events]),
    };
  }

  #add(type: string, data: Readonly<Record<string, unknown>>, slot: string | null): void {
    const key = slot ?? `#${this.#pending.count++}`;
    // Taken out first, so that it stands where it happened last.
    this.#pending.events.delete(key);
    this.#pending.events.set(key, { type, data, slot });
  }

  #progress(progress: ProductionProgress): void {
    this.#pending.progress = progress;
    this.#pending.update = true;
  }

  #changeScenes(): void {
    this.#pending.scenes = true;
    this.#pending.update = true;
  }

  #end(state: ProductionState): void {
    this.#state = state;
    this.#pending.state = state;
    this.#pending.update = true;
    this.#pending.urgent = true;
    this.#add("state", { state }, null);
  }

  #clean<Value>(value: Value): Value {
    return JSON.parse(JSON.stringify(value), (_key, each: unknown) =>
      typeof each === "string" ? this.#hide(each) : each,
    ) as Value;
  }
}

interface Pending {
  update: boolean;
  urgent: boolean;
  scenes: boolean;
  state: ProductionState | undefined;
  progress: ProductionProgress | undefined;
  result: StoredResult | undefined;
  error: SerializedError | undefined;
  problems: readonly SerializedError[] | undefined;
  events: Map<string, NewEvent>;
  count: number;
}

let batches = 0;

function nothing(): Pending {
  return {
    update: false,
    urgent: false,
    scenes: false,
    state: undefined,
    progress: undefined,
    result: undefined,
    error: undefined,
    problems: undefined,
    events: new Map(),
    // Keys of kept events must differ between batches: one may be put back before another.
    count: batches++ * 1_000_000,
  };
}

function withoutUndefined(pending: Pending): Partial<Pending> {
  return Object.fromEntries(
    Object.entries(pending).filter(([, value]) => value !== undefined),
  ) as Partial<Pending>;
}

function waiting(id: string, framesTotal: number): SceneRecord {
  return {
    id,
    status: "waiting",
    attempt: 0,
    cached: false,
    framesRendered: 0,
    framesTotal,
    worker: null,
    renderMs: null,
    file: null,
  };
}

function storedResult(result: ProductionResult, folder: string): StoredResult {
  return {
    width: result.width,
    height: result.height,
    fps: result.fps,
    frames: result.frames,
    seconds: result.seconds,
    sizeBytes: result.sizeBytes,
    encoder: result.encoder.name,
    integratedLufs: result.loudness.integratedLufs,
    files: [...result.files, ...reportOf(result)].map((file) => ({
      ...file,
      path: relativeTo(folder, file.path),
    })),
    findings: result.quality.findings,
    notices: result.notices,
  };
}

/** It is written last, after the result that would list it. */
function reportOf({ quality }: ProductionResult): ProductionResult["files"] {
  const sizeBytes = statSync(quality.page, { throwIfNoEntry: false })?.size;
  return sizeBytes === undefined ? [] : [{ kind: "report", path: quality.page, sizeBytes }];
}

function relativeTo(folder: string, file: string): string {
  return path.relative(folder, file).split(path.sep).join("/");
}
