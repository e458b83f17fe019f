/** A film of many scenes: one slot against two, and everything from the cache. */
import { rmSync, statSync, writeFileSync } from "node:fs";
import path from "node:path";
import type { Measured } from "../measure/run-measured.ts";
import type { BenchOptions, PictureName } from "../options.ts";
import { runRounds } from "../rounds.ts";
import { OUTPUT, pictureFile } from "./scene.ts";
import { renderWhole } from "./whole-render.ts";

export interface FilmRun extends Omit<Measured, "stdout"> {
  readonly sizeBytes: number;
}

export interface FilmFigures {
  readonly scenes: number;
  readonly sceneSeconds: number;
  readonly cold: FilmRun;
  /** Everything cached; another output path. */
  readonly warm: readonly FilmRun[];
  readonly slots: {
    readonly filmSeconds: number;
    readonly runs: readonly { readonly round: number; readonly slots: 1 | 2; readonly run: FilmRun }[];
  };
}

const WARM_RUNS = 3;
const SLOT_SCENES = 6;
/** One chunk each. */
const SLOT_SCENE_SECONDS = 4;
const EFFECTS = ["zoomIn", "panRight", "zoomOut", "panLeft"] as const;

export async function runFilm(
  options: BenchOptions,
  folder: string,
  tell: (line: string) => void,
): Promise<FilmFigures> {
  const { pictures, filmScenes: scenes, filmSceneSeconds: sceneSeconds } = options;
  const production = path.join(folder, "many-scenes.json");
  writeFileSync(production, JSON.stringify(filmOf(pictures, scenes, sceneSeconds)));
  const cache = path.join(folder, "film-cache");
  const render = async (file: string, cacheFolder: string, slots?: number): Promise<FilmRun> => {
    const film = path.join(folder, "film.mp4");
    const { stdout: _, ...measured } = await renderWhole(file, film, {
      cache: cacheFolder,
      ...(slots === undefined ? {} : { slots }),
    });
    const { size } = statSync(film);
    rmSync(film);
    return { ...measured, sizeBytes: size };
  };
  tell(`a film of ${scenes} scenes, cold`);
  const cold = await render(production, cache);
  const warm: FilmRun[] = [];
  for (let run = 0; run < WARM_RUNS; run++) {
    tell("the same film, everything cached");
    warm.push(await render(production, cache));
  }
  rmSync(cache, { recursive: true, force: true });

  const slotProduction = path.join(folder, "few-scenes.json");
  writeFileSync(slotProduction, JSON.stringify(filmOf(pictures, SLOT_SCENES, SLOT_SCENE_SECONDS)));
  const withSlots = (slots: 1 | 2) => ({
    id: String(slots),
    run: async () => {
      const own = path.join(folder, "slots-cache");
      rmSync(own, { recursive: true, force: true });
      return { slots, run: await render(slotProduction, own, slots) };
    },
  });
  const samples = await runRounds([withSlots(1), withSlots(2)], options.rounds, ({ id, sample }) =>
    tell(`${id} slot${id === "1" ? "" : "s"}: ${sample.run.wallSeconds.toFixed(2)} s`),
  );
  return {
    scenes,
    sceneSeconds,
    cold,
    warm,
    slots: {
      filmSeconds: SLOT_SCENES * SLOT_SCENE_SECONDS,
      runs: samples.map(({ round, sample }) => ({ round, ...sample })),
    },
  };
}

function filmOf(pictures: readonly PictureName[], scenes: number, seconds: number) {
  return {
    version: 1,
    output: OUTPUT,
    scenes: Array.from({ length: scenes }, (_, index) => ({
      image: { src: pictureFile(pictures[index % pictures.length] as PictureName) },
      duration: seconds,
      // Scenes of one picture differ in their motion, or they would share their chunks.
      motion: {
        effect: EFFECTS[Math.floor(index / pictures.length) % EFFECTS.length],
        amount: 0.08 + (index % 12) / 100 + index / 10_000,
      },
    })),
  };
}
