/** A render on a server with the events and the result of one on this machine. */
import { randomUUID } from "node:crypto";
import path from "node:path";
import type {
  Notice,
  ProductionEvent,
  ProductionResult,
  ProductionState,
  SceneResult,
  SceneStatus,
} from "../produce/events.ts";
import type { Production } from "../spec/production.ts";
import { productionToInput } from "../spec/write.ts";
import { abortError, sleep } from "../support/abort.ts";
import { ReelburstError, type SerializedError } from "../support/errors.ts";
import { downloadFile } from "./download.ts";
import { productionEvents, type ServerEvent } from "./events.ts";
import type { ServerClient } from "./server-client.ts";
import { uploadSources } from "./upload.ts";

export interface RemoteRequest {
  readonly production: Production;
  /** Absolute: a film's file name (.mp4), or a folder. */
  readonly output: string;
}

export interface RemoteHooks {
  readonly signal: AbortSignal;
  readonly emit: (event: ProductionEvent) => void;
  /** Hears its id as soon as it is known. */
  readonly onCreated?: (id: string) => void;
}

/** What is used of a production's view. */
export interface RemoteProduction {
  readonly id: string;
  readonly status: ProductionState;
  readonly title: string | null;
  readonly scenes: readonly {
    readonly id: string;
    readonly status: SceneStatus;
    readonly attempt: number;
    readonly cached: boolean;
    readonly framesTotal: number;
    readonly renderMs: number | null;
  }[];
  readonly error: SerializedError | null;
  readonly problems: readonly SerializedError[];
  readonly result: {
    readonly width: number;
    readonly height: number;
    readonly fps: number;
    readonly frames: number;
    readonly seconds: number;
    readonly sizeBytes: number;
    readonly encoder: string;
    readonly integratedLufs: number | null;
    readonly files: readonly {
      readonly kind: string;
      readonly name: string;
      readonly sizeBytes: number;
      readonly url: string;
    }[];
  } | null;
}

/** After Ctrl+C the server is given this long to say that it has stopped. */
const CANCEL_MS = 15_000;

/** @throws ReelburstError: the production's own failure, one of the line, ABORTED */
export async function renderRemotely(
  client: ServerClient,
  { production, output }: RemoteRequest,
  { signal, emit, onCreated = () => {} }: RemoteHooks,
): Promise<ProductionResult> {
  emit({ type: "state", state: "fetching" });
  const uploaded = await uploadSources(client, production, signal, ({ sentBytes, ...progress }) =>
    emit({ type: "fetched", ...progress, receivedBytes: sentBytes }),
  );
  const id = await create(client, productionToInput(uploaded), signal);
  onCreated(id);
  const stages = new StageClock();
  let slots = 0;
  try {
    for await (const event of productionEvents(client, id, { follow: true, signal })) {
      stages.hear(event);
      if (event.type === "planned") slots = Number(event.data["slots"]);
      const shown = await toEvent(event, client, id, signal);
      if (shown !== null) emit(shown);
    }
  } catch (error) {
    if (signal.aborted) {
      await cancel(client, id);
      throw abortError(signal);
    }
    throw stranded(ReelburstError.from(error), id);
  }
  const view = await client.json<RemoteProduction>("GET", `/v1/productions/${id}`, { signal });
  if (view.status === "canceled")
    throw new ReelburstError("CANCELED", "The production was canceled on the server.");
  if (view.status !== "succeeded" || view.result === null) {
    const { error, problems } = view;
    emit({ type: "failed", error: error ?? unknownFailure(view.status), problems });
    throw ReelburstError.fromJSON(error ?? unknownFailure(view.status));
  }
  const files: { kind: string; path: string; sizeBytes: number }[] = [];
  for (const { kind, name, sizeBytes, url } of view.result.files) {
    const target = targetOf(output, kind, path.posix.basename(name));
    await downloadFile(client, url, target, sizeBytes, signal);
    files.push({ kind, path: target, sizeBytes });
  }
  return resultOf(view, view.result, files, stages.stages(), slots);
}

const CREATE_PAUSES_MS = [500, 1000, 2000, 4000];

/** With a key of its own: when an answer is lost, asking again makes no second production. */
async function create(client: ServerClient, body: unknown, signal: AbortSignal): Promise<string> {
  const headers = { "idempotency-key": randomUUID() };
  for (let failures = 0; ; failures++) {
    try {
      return (await client.json<{ id: string }>("POST", "/v1/productions", { body, headers, signal })).id;
    } catch (error) {
      signal.throwIfAborted();
      const pause = CREATE_PAUSES_MS[failures];
      const failure = ReelburstError.from(error);
      if (!failure.retryable || failure.code === "DISK_FULL" || pause === undefined) throw failure;
      await sleep(pause, { signal });
    }
  }
}

async function toEvent(
  { type, data }: ServerEvent,
  client: ServerClient,
  id: string,
  signal: AbortSignal,
): Promise<ProductionEvent | null> {
  switch (type) {
    case "state": {
      const state = data["state"] as ProductionState;
      // How it ended is said when the film is here.
      return ["succeeded", "failed", "canceled"].includes(state) ? null : { type: "state", state };
    }
    case "planned": {
      // The event counts the scenes; which they are, the production says.
      const { scenes, result } = await client.json<RemoteProduction>("GET", `/v1/productions/${id}`, {
        signal,
      });
      const fps = result?.fps ?? Number(data["totalFrames"]) / Math.max(1e-9, Number(data["seconds"]));
      return {
        ...(data as Omit<Extract<ProductionEvent, { type: "planned" }>, "scenes">),
        type,
        scenes: scenes.map((scene) => ({
          id: scene.id,
          frames: scene.framesTotal,
          seconds: scene.framesTotal / fps,
          chunks: 0,
        })),
      };
    }
    case "fetched":
    case "scene":
    case "progress":
      return { type, ...data } as ProductionEvent;
    case "notice":
      return { type, notice: data["notice"] as Notice };
    default:
      return null;
  }
}

/** film.srt beside film.mp4 -> my-film.srt beside my-film.mp4; scenes go where a local render puts them. */
function targetOf(output: string, kind: string, name: string): string {
  const isFilm = /\.mp4$/i.test(output);
  const folder = isFilm ? path.dirname(output) : output;
  if (!isFilm) return path.join(folder, name);
  const stem = path.basename(output).replace(/\.mp4$/i, "");
  if (kind === "scene") return path.join(folder, `${stem}-scenes`, name);
  if (kind === "film") return output;
  return path.join(
    folder,
    name.replace(/^film(?=\.)/, () => stem),
  );
}

function resultOf(
  view: RemoteProduction,
  stored: NonNullable<RemoteProduction["result"]>,
  files: ProductionResult["files"],
  stages: ProductionResult["stages"],
  slots: number,
): ProductionResult {
  const { width, height, fps, frames, seconds, sizeBytes, encoder, integratedLufs } = stored;
  const scenes = view.scenes.map((scene): SceneResult => {
    const own = files.find(({ kind, path: file }) => kind === "scene" && path.parse(file).name === scene.id);
    return {
      id: scene.id,
      status: scene.status === "skipped" ? "skipped" : "done",
      error: null,
      startSeconds: null,
      seconds: scene.framesTotal / fps,
      attempts: scene.attempt,
      cached: scene.cached,
      renderSeconds: (scene.renderMs ?? 0) / 1000,
      file: own?.path ?? null,
    };
  });
  return {
    title: view.title,
    film: files.find(({ kind }) => kind === "film")?.path ?? null,
    files,
    width,
    height,
    fps,
    frames,
    seconds,
    sizeBytes,
    loudness: { integratedLufs, truePeakDb: null },
    encoder: { name: encoder, fallback: null },
    chunks: { total: 0, rendered: 0, cached: 0 },
    scenes,
    notices: [],
    stages,
    slots,
    slotEndSeconds: [],
    peakMemoryBytes: 0,
    quality: {
      page: files.find(({ path: file }) => file.endsWith(".report.html"))?.path ?? "",
      findings: [],
    },
  };
}

/** How long the server was in each state, by its own clock. */
class StageClock {
  readonly #seconds = new Map<string, number>();
  #state: string | null = null;
  #sinceMs = 0;

  hear({ type, at, data }: ServerEvent): void {
    if (type !== "state") return;
    const nowMs = Date.parse(at);
    if (this.#state !== null)
      this.#seconds.set(this.#state, (this.#seconds.get(this.#state) ?? 0) + (nowMs - this.#sinceMs) / 1000);
    this.#state = String(data["state"]);
    this.#sinceMs = nowMs;
  }

  stages(): ProductionResult["stages"] {
    const names = ["fetching", "planning", "rendering", "assembling", "publishing"] as const;
    return names.flatMap((stage) => {
      const seconds = this.#seconds.get(stage);
      return seconds === undefined ? [] : [{ stage, seconds }];
    });
  }
}

/** As well as can be: the user has asked to leave. */
async function cancel(client: ServerClient, id: string): Promise<void> {
  const signal = AbortSignal.timeout(CANCEL_MS);
  try {
    await client.send("POST", `/v1/productions/${id}/cancel`, { signal });
    for await (const _ of productionEvents(client, id, { follow: true, signal })) {
      // Until it has ended.
    }
  } catch {
    // It may have ended meanwhile, or the server is away: `status` tells.
  }
}

function stranded(error: ReelburstError, id: string): ReelburstError {
  if (error.code !== "SERVER_UNREACHABLE") return error;
  return new ReelburstError(error.code, `${error.message} The production ${id} may go on there.`, {
    retryable: true,
    hint: `Look with the command "status ${id}" when it is back.`,
    cause: error,
  });
}

function unknownFailure(state: string): SerializedError {
  return new ReelburstError(
    "INTERNAL",
    `The production ended as ${state}, and the server did not say why.`,
  ).toJSON();
}
