import type { ProductionInput } from "../schema.ts";
import type { DocumentNode } from "./document-node.ts";
import type { ImportReport } from "./import-report.ts";
import type { Imported, ImportedInput, ImportedScene } from "./importer.ts";
import { PathOrigins, scenePath } from "./path-origins.ts";
import type { DraftTransition, SceneDraft } from "./scene-draft.ts";
import { allowForAir } from "./sounds.ts";
import { roundSeconds } from "./values.ts";

type WatermarkInput = NonNullable<ProductionInput["watermark"]>;

export interface DraftSoundtrack {
  readonly node: DocumentNode;
  readonly path: string;
  readonly volume: number;
  readonly loop?: boolean;
  readonly fadeIn?: number;
  readonly fadeOut?: number;
}

/** What a film has beside its scenes. */
export interface FilmParts {
  output: NonNullable<ProductionInput["output"]>;
  /** Ours, `output.width` for example, and where it comes from. */
  readonly origins: Map<string, DocumentNode>;
  soundtrack: DraftSoundtrack | null;
  watermark: { readonly node: DocumentNode; readonly input: WatermarkInput } | null;
  captions: NonNullable<ProductionInput["defaults"]>["captions"] | null;
}

export function emptyFilm(): FilmParts {
  return { output: {}, origins: new Map(), soundtrack: null, watermark: null, captions: null };
}

/** All but what is stated stands still and cuts hard: so it is in the formats that are read. */
const STILL = { motion: "none", transition: "none", pad: { before: 0, after: 0 } } as const;

/** The production, with every place in it traced to the document. */
export function finishImport(
  root: DocumentNode,
  drafts: readonly SceneDraft[],
  film: FilmParts,
  report: ImportReport,
): Imported {
  allowForAir(drafts[0], report);
  cutOnFrames(drafts, Number(film.output.fps));
  if (drafts.length === 0) {
    report.refuse(
      "IMPORT_EMPTY",
      "$",
      "Nothing in the document becomes a scene.",
      "Is it of the format named with --from? What it holds and is not read is listed as IMPORT_UNMAPPED.",
    );
  }
  const origins = new PathOrigins();
  for (const [ours, node] of film.origins) origins.set(ours, node.path);
  const scenes = drafts.map((draft, index) => {
    const at = scenePath(index);
    origins.set(at, draft.node.path);
    for (const [below, node] of draft.origins) origins.set(`${at}.${below}`, node.path);
    const next = drafts[index + 1];
    if (draft.transition !== null && next !== undefined)
      origins.set(`${at}.transition`, draft.transition.node.path);
    return finishScene(draft, next ?? null);
  });
  const { soundtrack, watermark } = film;
  if (soundtrack !== null) origins.set("soundtrack", soundtrack.node.path);
  if (watermark !== null) origins.set("watermark", watermark.node.path);
  const input: ImportedInput = {
    version: 1,
    output: film.output,
    defaults: { ...STILL, ...(film.captions === null ? {} : { captions: film.captions }) },
    scenes,
    ...(soundtrack === null ? {} : { soundtrack: soundtrackInput(soundtrack) }),
    ...(watermark === null ? {} : { watermark: watermark.input }),
  };
  report.leftovers(root);
  return { input, origins, unmapped: report.unmapped, issues: report.issues };
}

/** Lengths are rounded to frames one by one: a hundred scenes of half a frame too much would be two seconds. */
function cutOnFrames(drafts: readonly SceneDraft[], fps: number): void {
  if (!(fps >= 1)) return;
  let end = 0;
  let frames = 0;
  for (const draft of drafts) {
    if (draft.seconds === null) continue;
    end += draft.seconds;
    const own = Math.max(1, Math.round(end * fps + 1e-6) - frames);
    frames += own;
    draft.seconds = own / fps;
  }
}

function finishScene(draft: SceneDraft, next: SceneDraft | null): ImportedScene {
  const { input, seconds, video, transition } = draft;
  const scene: ImportedScene = { ...input };
  if (video !== null && typeof scene.video === "object") {
    const from = roundSeconds(video.from);
    const to = video.to === null ? null : roundSeconds(video.to);
    const whole = from === 0 && to === null;
    scene.video = { ...scene.video, ...(whole ? {} : { trim: { from, to } }) };
  }
  if (seconds !== null) scene.duration = roundSeconds(seconds);
  if (transition !== null && next !== null) scene.transition = transitionInput(transition, draft, next);
  return scene;
}

/** Never longer than the scenes it joins, which a production would refuse. */
function transitionInput(
  { type, seconds, direction }: DraftTransition,
  draft: SceneDraft,
  next: SceneDraft,
): NonNullable<ImportedScene["transition"]> {
  if (type === "none") return "none";
  const longest = Math.min(
    draft.seconds ?? Number.POSITIVE_INFINITY,
    next.seconds ?? Number.POSITIVE_INFINITY,
    seconds,
  );
  return {
    type,
    duration: Math.floor(longest * 1000) / 1000,
    ...(direction === undefined ? {} : { direction }),
  };
}

/** Music in these formats plays as it is: it is not lowered, faded or repeated unless they say so. */
function soundtrackInput({
  path,
  volume,
  loop = false,
  fadeIn = 0,
  fadeOut = 0,
}: DraftSoundtrack): NonNullable<ProductionInput["soundtrack"]> {
  return { src: path, volume, duck: false, loop, fadeIn, fadeOut };
}
