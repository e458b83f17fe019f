import { DocumentNode, MAX_PARTS } from "../document-node.ts";
import { emptyFilm, type FilmParts, finishImport } from "../film.ts";
import { ImportReport } from "../import-report.ts";
import type { Importer } from "../importer.ts";
import { resolveOverlaps, type SceneDraft } from "../scene-draft.ts";
import { evenPixels } from "../values.ts";
import { readClip } from "./clips.ts";
import { Layer } from "./layers.ts";
import { readOverlays } from "./overlays.ts";
import { readSounds } from "./sounds.ts";
import { readTransition } from "./transitions.ts";

const WIDTH = 640;
const FPS = 25;

/** An editly edit spec. */
export const editly: Importer = {
  label: "editly",
  read(document, options) {
    const report = new ImportReport(options);
    const root = new DocumentNode(document);
    root.ignore("outPath", "fast", "verbose", "logTimes", "keepTmp", "enableFfmpegLog");
    root.ignore("ffmpegPath", "ffprobePath", "allowRemoteRequests");
    const defaults = root.get("defaults");
    const film = emptyFilm();
    readSize(root, film, report);
    const clips = root.get("clips").items();
    const read = clips.map((clip, index) => {
      const layers = clip
        .get("layers")
        .items(MAX_PARTS)
        .map((node) => new Layer(node, defaults));
      const draft = readClip(clip, layers, defaults, report);
      const transition = readTransition(clip, defaults, index === clips.length - 1, report);
      return { clip, layers, draft, transition };
    });
    const drafts: SceneDraft[] = [];
    for (const { clip, draft, transition } of read) {
      if (draft !== null) {
        draft.transition = transition;
        drafts.push(draft);
      } else if (clip.isStated) {
        report.say(clip.path, "The clip shows nothing that can be shown here; the film goes on without it.");
      }
    }
    readSounds(root, read, drafts, film, report);
    resolveOverlaps(drafts, report);
    readOverlays(read, film, report);
    return finishImport(root, drafts, film, report);
  },
};

function readSize(root: DocumentNode, film: FilmParts, report: ImportReport): void {
  const [width, height] = [root.get("width"), root.get("height")];
  const across = width.number() ?? WIDTH;
  const down = height.number();
  film.output = {
    width: across,
    height: down ?? evenPixels((across * 9) / 16),
    fps: root.get("fps").number() ?? FPS,
  };
  for (const [key, node] of Object.entries({ width, height, fps: root.get("fps") }))
    if (node.isStated) film.origins.set(`output.${key}`, node);
  if (down === null && root.isRecord)
    report.say(
      "$",
      "The frame takes 16:9: without a height editly looks into the first video.",
      "State width and height.",
    );
}
