/**
 * The composition root: config -> wired parts. The only file that names concrete backends.
 */
import path from "node:path";
import type { BurstWish, FleetDesk, FleetWish, RentedMachines } from "./bursting.ts";
import { type Config, compileCacheFolder, type FleetSettings, type PublishSettings } from "./config.ts";
import { type DoctorCheck, examine } from "./doctor.ts";
import { MemoryQueue } from "./jobs/memory/memory-queue.ts";
import type { MakeHooks, MakeOutcome, MakeRequest } from "./making.ts";
import type { ProduceContext } from "./produce/context.ts";
import type { ProductionEvent, ProductionResult } from "./produce/events.ts";
import { type JoinResult, joinVideos, openVideos } from "./produce/join.ts";
import { type PlanReport, reportPlan } from "./produce/plan-report.ts";
import { prepare } from "./produce/prepare.ts";
import { produce } from "./produce/produce.ts";
import { RemoteSources } from "./produce/remote-sources.ts";
import { bytesPerSlot } from "./produce/slot-memory.ts";
import { predictSeconds, recordSpeed } from "./produce/speed-record.ts";
import type { Publisher } from "./publisher.ts";
import { createFaceLibrary } from "./render/captions/fonts/face-library.ts";
import { AUDIO_BITRATES } from "./render/encode/profiles.ts";
import {
  type EncoderPreference,
  encodersToTry,
  type ResolvedEncoder,
  resolveEncoder,
} from "./render/encode/resolve-encoder.ts";
import { DEFAULT_LIMITS } from "./render/process/limits.ts";
import { RenderPool } from "./render/process/render-pool.ts";
import type { VideoFacts } from "./render/process/tasks/probe-video.ts";
import type { Service, ServiceOptions, SharedWork } from "./service.ts";
import type { Production } from "./spec/production.ts";
import { inCacheFolder, requireWritableFolder } from "./storage/file/cache-folder.ts";
import { FileChunkCache } from "./storage/file/file-chunk-cache.ts";
import { systemClock } from "./support/clock.ts";
import { availableMemoryBytes, slotsFor, usableCores } from "./support/machine.ts";
import { createTempDir, sweepTempDirs } from "./support/temp-dir.ts";
import type { TopicLine, TopicsRequest } from "./topics.ts";

export type { BurstWish, FleetDesk, FleetWish } from "./bursting.ts";
export type { CleanUpReport, ServerRetention } from "./clean-up.ts";
export type { DoctorCheck } from "./doctor.ts";
export type { Made, MakeEvent, MakeRequest } from "./making.ts";
export type { JoinResult } from "./produce/join.ts";
export type { PlanReport } from "./produce/plan-report.ts";
export type { PublishEvent, Publisher, PublishReport, PublishWish } from "./publisher.ts";
export type { VideoFacts } from "./render/process/tasks/probe-video.ts";
export type { OutputPlace, Service, ServiceOptions } from "./service.ts";

export interface RenderRequest {
  readonly production: Production;
  /** Absolute: a film's file name (.mp4), or a folder. */
  readonly output: string;
  readonly slots: number | null;
  /** false: nothing is taken from the cache and nothing stored in it. */
  readonly useCache: boolean;
  /** Machines to rent for it. `slots` may be 0 then: they alone draw. */
  readonly burst?: BurstRequest | undefined;
}

export interface BurstRequest extends BurstWish {
  readonly settings: FleetSettings;
}

export interface JoinRequest {
  /** Absolute, in order. */
  readonly videos: readonly string[];
  /** Absolute: the film's file name. */
  readonly output: string;
  readonly useCache: boolean;
}

export interface RenderHooks {
  readonly signal: AbortSignal;
  readonly emit: (event: ProductionEvent) => void;
}

export interface App {
  render(request: RenderRequest, hooks: RenderHooks): Promise<ProductionResult>;
  plan(request: RenderRequest, hooks: RenderHooks): Promise<PlanReport>;
  /** Several videos to one; their pictures are copied. */
  join(request: JoinRequest, hooks: RenderHooks): Promise<JoinResult>;
  /** What videos are made of. */
  examineVideos(request: Omit<JoinRequest, "output">, hooks: RenderHooks): Promise<readonly VideoFacts[]>;
  /** Checks one after the other, so that a slow one is seen to be at work. */
  doctor(): AsyncIterable<DoctorCheck>;
  /** A text or a topic -> a folder with a production to render. */
  make(request: MakeRequest, hooks: MakeHooks): Promise<MakeOutcome>;
  /** Topics that wait for approval, in a file. */
  topics(request: TopicsRequest, signal: AbortSignal): Promise<TopicLine[]>;
  /** Durable productions on top of `render`; to be closed before the app is. */
  openService(options: ServiceOptions): Promise<Service>;
  /** Offers, leases and the ledger of rented machines; to be closed before the app is. */
  openFleetDesk(settings: FleetSettings, wish: FleetWish): Promise<FleetDesk>;
  /** What brings films to where they are seen; to be closed before the app is. */
  openPublisher(settings: PublishSettings): Promise<Publisher>;
  /** Ends every child process and waits for it. */
  close(): Promise<void>;
}

/** For telling how many slots this machine has, without a production at hand. */
const DEFAULT_BYTES_PER_SLOT = 600e6;
/** Of the memory there is when a service starts; the rest is for what it does beside drawing. */
const MEMORY_SHARE = 0.7;

export function createApp(config: Config): App {
  const pools = new Set<RenderPool>();
  const tempRoot = path.join(config.cacheDirectory, "tmp");
  const chunksFolder = path.join(config.cacheDirectory, "chunks");
  let productions = 0;

  const slotsWanted = (wanted: number | null, slotBytes: number): number => {
    const most = slotsFor({
      cores: usableCores(),
      memoryBytes: availableMemoryBytes(),
      bytesPerSlot: slotBytes,
    });
    return wanted ?? config.slots ?? most;
  };

  const openPool = (slots: number, folder: string): RenderPool => {
    const pool = new RenderPool(slots, {
      limits: DEFAULT_LIMITS,
      tempRoot: folder,
      compileCache: compileCacheFolder(config),
    });
    pools.add(pool);
    return pool;
  };

  /** Runs `work` with everything a production needs, and leaves nothing of it behind. */
  const withContext = async <Result>(
    request: Pick<RenderRequest, "slots" | "useCache">,
    slotBytes: number,
    hooks: RenderHooks,
    work: (context: ProduceContext) => Promise<Result>,
    shared: SharedWork | null = null,
    machines: RentedMachines | null = null,
  ): Promise<Result> => {
    const temp = await inCacheFolder(config.cacheDirectory, async () => {
      await sweepTempDirs(tempRoot, systemClock.now());
      if (request.useCache) await requireWritableFolder(chunksFolder);
      return createTempDir(tempRoot);
    });
    const local = new FileChunkCache({
      clock: systemClock,
      folder: request.useCache ? chunksFolder : path.join(temp.path, "chunks"),
      maxBytes: config.cacheMaxBytes,
      onDamage: ({ path: damaged, reason }) =>
        hooks.emit({
          type: "notice",
          notice: {
            code: "CACHE_ENTRY_DAMAGED",
            message: `A cached file was damaged (${reason}) and is made again.`,
            path: damaged,
          },
        }),
    });
    const cache = shared === null ? local : shared.cacheOver(local, hooks.signal);
    const pool = shared?.pool ?? openPool(Math.max(1, slotsWanted(request.slots, slotBytes)), temp.path);
    const assets = new RemoteSources({
      openFetch: async () => {
        const { createSafeFetch } = await import("./support/safe-fetch/safe-fetch.ts");
        return createSafeFetch({ allowPrivate: config.fetchAllow });
      },
      cache,
      recordsFolder: path.join(request.useCache ? config.cacheDirectory : temp.path, "assets"),
      tempRoot: temp.path,
    });
    const queue = new MemoryQueue({ clock: systemClock, random: Math.random });
    try {
      return await work({
        productionId: shared?.productionId ?? `production-${++productions}`,
        runner: pool,
        cache,
        queue,
        shared: shared?.chunks,
        ...(machines !== null && { machines, drawingSlots: request.slots ?? pool.slots }),
        faces: createFaceLibrary(),
        assets,
        encoder: (production) => findEncoder(pool, production, config.encoders, hooks.signal),
        audioBitrate: ({ output }) =>
          output.audioBitrate === null ? AUDIO_BITRATES[output.quality] : output.audioBitrate * 1000,
        tempRoot: temp.path,
        cacheFolder: config.cacheDirectory,
        signal: hooks.signal,
        emit: hooks.emit,
        now: () => performance.now(),
      });
    } finally {
      await queue.close();
      if (shared === null) {
        await pool.close();
        pools.delete(pool);
      }
      await assets.close();
      // Tidying up must not hide what happened before; what stays behind is swept by the next run.
      await Promise.allSettled([local.tidy(), temp.remove()]);
    }
  };

  const render = (
    request: RenderRequest,
    hooks: RenderHooks,
    shared: SharedWork | null,
  ): Promise<ProductionResult> =>
    withContext(
      request,
      bytesPerSlot(request.production.output),
      hooks,
      async (context) => {
        const result = await produce(request.production, request.output, context);
        // What several machines have drawn says nothing of this one.
        if (shared === null) await recordSpeed(config.cacheDirectory, request.production, result);
        return result;
      },
      shared,
    );

  /** The render's own end is told after the machines': who hears of it may rely on nothing being rented any more. */
  const renderInBurst = async (
    request: RenderRequest,
    burst: BurstRequest,
    hooks: RenderHooks,
  ): Promise<ProductionResult> => {
    const { openFleetDesk } = await import("./bursting.ts");
    const desk = await openFleetDesk(config, burst.settings, burst);
    const endings: ProductionEvent[] = [];
    const emit = (event: ProductionEvent): void => {
      if (event.type === "succeeded" || event.type === "failed") endings.push(event);
      else hooks.emit(event);
    };
    const temp = await inCacheFolder(config.cacheDirectory, () => createTempDir(tempRoot));
    const probe = openPool(1, temp.path);
    const machines = desk.burst(burst, {
      tell: (line) => hooks.emit({ type: "fleet", ...line }),
      probe,
    });
    try {
      return await withContext(
        request,
        bytesPerSlot(request.production.output),
        { ...hooks, emit },
        (context) => produce(request.production, request.output, context),
        null,
        machines,
      );
    } finally {
      try {
        await machines.settle();
      } finally {
        await desk.close();
        await probe.close();
        pools.delete(probe);
        await temp.remove();
        for (const ending of endings) hooks.emit(ending);
      }
    }
  };

  const app: App = {
    render: (request, hooks) =>
      request.burst === undefined
        ? render(request, hooks, null)
        : renderInBurst(request, request.burst, hooks),
    plan: (request, hooks) =>
      withContext(request, bytesPerSlot(request.production.output), hooks, async (context) => {
        const prepared = await prepare(request.production, context, (state) =>
          hooks.emit({ type: "state", state }),
        );
        const report = await reportPlan(prepared, context);
        return {
          ...report,
          ...(await predictSeconds(config.cacheDirectory, request.production, report, context.runner.slots)),
        };
      }),
    join: ({ videos, output, useCache }, hooks) =>
      withContext({ slots: 1, useCache }, DEFAULT_BYTES_PER_SLOT, hooks, (context) =>
        joinVideos(videos, output, { ...context, audioBitrate: AUDIO_BITRATES.high }),
      ),
    examineVideos: ({ videos, useCache }, hooks) =>
      withContext({ slots: 1, useCache }, DEFAULT_BYTES_PER_SLOT, hooks, async (context) =>
        (await openVideos(videos, context)).map(({ facts }) => facts),
      ),
    doctor: () => examine(config, slotsWanted(null, DEFAULT_BYTES_PER_SLOT)),
    make: async (request, hooks) => (await import("./making.ts")).make(config, request, hooks),
    topics: async (request, signal) => (await import("./topics.ts")).topics(config, request, signal),
    // Loaded when a server starts: one-shot renders need no database.
    openService: async (options) =>
      (await import("./service.ts")).openService(
        {
          plan: app.plan,
          doctor: app.doctor,
          backends: config,
          cacheDirectory: config.cacheDirectory,
          slots: () => slotsWanted(null, DEFAULT_BYTES_PER_SLOT),
          slotBytes: () =>
            Math.max(
              slotsWanted(null, DEFAULT_BYTES_PER_SLOT) * DEFAULT_BYTES_PER_SLOT,
              availableMemoryBytes() * MEMORY_SHARE,
            ),
          openPool,
          openCache: async () => {
            await inCacheFolder(config.cacheDirectory, () => requireWritableFolder(chunksFolder));
            return new FileChunkCache({
              clock: systemClock,
              folder: chunksFolder,
              maxBytes: config.cacheMaxBytes,
            });
          },
          render,
        },
        options,
      ),
    openFleetDesk: async (settings, wish) =>
      (await import("./bursting.ts")).openFleetDesk(config, settings, wish),
    openPublisher: async (settings) => (await import("./publisher.ts")).openPublisher(config, settings),
    close: async () => {
      await Promise.all([...pools].map((pool) => pool.close()));
    },
  };
  return app;
}

/** libx264 is part of the build and need not be tried; anything else must encode a frame first. */
async function findEncoder(
  pool: RenderPool,
  production: Production,
  preference: EncoderPreference,
  signal: AbortSignal,
): Promise<ResolvedEncoder> {
  const wanted = { ...production.output };
  const candidates = encodersToTry(wanted, preference);
  const probes = candidates.length === 0 ? [] : await pool.run("probeEncoders", candidates, { signal });
  return resolveEncoder(
    wanted,
    new Set(probes.filter((probe) => probe.works).map((probe) => probe.encoderName)),
    preference,
  );
}
