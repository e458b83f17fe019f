import { assetPath, findByStem } from "../assets.ts";
import { DocumentNode } from "../document-node.ts";
import { emptyFilm, type FilmParts, finishImport } from "../film.ts";
import { ImportReport } from "../import-report.ts";
import type { Importer } from "../importer.ts";
import { AUDIO_EXTENSIONS, IMAGE_EXTENSIONS, SUBTITLE_EXTENSIONS, VIDEO_EXTENSIONS } from "../media.ts";
import { draftScene, type SceneDraft } from "../scene-draft.ts";
import { readColor } from "../values.ts";

const FPS = 25;
const VOLUMES = { muted: 0, low: 0.2, medium: 0.45, high: 0.7 } as const;
const POSITIONS = { top: "top", center: "middle", bottom: "bottom" } as const;

/**
 * What short-video-maker is asked for: texts and search words. It speaks the texts and looks up videos; here both come
 * from the assets folder, `scene_001.mp3` and `scene_001.mp4` for the first scene.
 */
export const shortVideoMaker: Importer = {
  label: "short-video-maker",
  read(document, options) {
    const report = new ImportReport(options);
    const root = new DocumentNode(document);
    const config = root.get("config");
    const film = emptyFilm();
    const upright =
      readChoice(config.get("orientation"), { portrait: true, landscape: false }, report) ?? true;
    film.output = upright ? { width: 1080, height: 1920, fps: FPS } : { width: 1920, height: 1080, fps: FPS };
    const drafts = root
      .get("scenes")
      .items()
      .map((scene, index) => readScene(scene, index, report));
    readPadding(config.get("paddingBack"), drafts.at(-1));
    readMusic(config, film, report);
    readCaptions(config, film, report);
    report.drop(config.get("voice"), "Nothing is spoken here; the narrations are files.");
    return finishImport(root, drafts, film, report);
  },
};

function readScene(scene: DocumentNode, index: number, report: ImportReport): SceneDraft {
  const stem = `scene_${String(index + 1).padStart(3, "0")}`;
  const { assets } = report;
  const find = (extensions: readonly string[]): string | null => {
    const name = findByStem(assets, stem, extensions);
    return name === null || assets === null ? null : assetPath(assets, name);
  };
  const [video, image] = [find(VIDEO_EXTENSIONS), find(IMAGE_EXTENSIONS)];
  const [audio, subtitles] = [find(AUDIO_EXTENSIONS), find(SUBTITLE_EXTENSIONS)];
  const [text, search] = [scene.get("text"), scene.get("searchTerms")];
  if (video === null && image === null) {
    const place = search.isStated ? search : scene;
    report.missingFile(
      place,
      "Videos are not looked up: the scene needs a video or a picture.",
      `${stem}.mp4`,
    );
  }
  search.use();
  if (audio === null) {
    const place = text.isStated ? text : scene;
    report.missingFile(place, "Texts are not spoken: the scene needs its narration.", `${stem}.mp3`);
  }
  if (subtitles === null)
    report.drop(
      text,
      "The text is not shown: when its words are spoken is not known.",
      `Put captions with times beside the narration, as ${stem}.srt.`,
    );
  text.use();
  const shown = video === null ? { image: image ?? `./${stem}.jpg` } : { video: { src: video, volume: 0 } };
  const draft = draftScene(
    scene,
    { ...shown, audio: audio ?? `./${stem}.mp3`, ...(subtitles === null ? {} : { subtitles }) },
    null,
  );
  draft.origins.set(video === null ? "image" : "video", search.isStated ? search : scene);
  draft.origins.set("audio", text.isStated ? text : scene);
  return draft;
}

function readPadding(node: DocumentNode, last: SceneDraft | undefined): void {
  const milliseconds = node.number();
  if (milliseconds === null || last === undefined) return;
  last.input.pad = { after: milliseconds / 1000 };
  last.origins.set("pad", node);
}

function readMusic(config: DocumentNode, film: FilmParts, report: ImportReport): void {
  const volume = readChoice(config.get("musicVolume"), VOLUMES, report) ?? VOLUMES.high;
  const music = config.get("music");
  const name = findByStem(report.assets, "music", AUDIO_EXTENSIONS);
  if (name !== null && report.assets !== null) {
    music.use();
    film.soundtrack = {
      node: music.isStated ? music : config,
      path: assetPath(report.assets, name),
      volume,
      loop: true,
    };
  } else {
    report.drop(music, "There is no store of music here.", "Put a file into the assets folder as music.mp3.");
  }
}

function readCaptions(config: DocumentNode, film: FilmParts, report: ImportReport): void {
  const position = readChoice(config.get("captionPosition"), POSITIONS, report);
  const node = config.get("captionBackgroundColor");
  const text = node.text();
  const color = text === null ? readColor("blue") : readColor(text);
  if (text !== null && color === null) report.drop(node, "Colours are #rrggbb or one of the common names.");
  film.captions = {
    style: "karaoke",
    ...(position === null ? {} : { position }),
    ...(color === null ? {} : { highlightColor: color }),
  };
  film.origins.set("defaults.captions", config);
}

function readChoice<Value>(
  node: DocumentNode,
  choices: Readonly<Record<string, Value>>,
  report: ImportReport,
): Value | null {
  const name = node.text();
  if (name === null) return null;
  if (Object.hasOwn(choices, name)) return choices[name] ?? null;
  report.drop(node, `This is none of ${Object.keys(choices).join(", ")}.`);
  return null;
}
