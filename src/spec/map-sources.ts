import type { FileNoun } from "./check-files.ts";
import type { CaptionSettings, Production, Scene } from "./production.ts";
import { trackPath } from "./track-path.ts";

/** @param path where the source stands; see `Issue` */
export type MapSource = (source: string, path: string, what: FileNoun) => string;

/** The production with every file or URL it names replaced by what `map` says, in the production's order. */
export function mapSources(production: Production, map: MapSource): Production {
  const at = <Source extends { readonly src: string }>(
    source: Source | null,
    path: string,
    what: FileNoun,
  ) => (source === null ? null : { ...source, src: map(source.src, `${path}.src`, what) });
  return {
    ...production,
    scenes: production.scenes.map((scene, index): Scene => {
      const here = `scenes[${index}]`;
      return {
        ...scene,
        image: at(scene.image, `${here}.image`, "picture"),
        video: at(scene.video, `${here}.video`, "video"),
        card: scene.card === null ? null : withFont(scene.card, `${here}.card`, map),
        audio: at(scene.audio, `${here}.audio`, "narration"),
        subtitles: scene.subtitles.map((track, place) => {
          const where = trackPath(scene, index, place);
          return {
            ...track,
            src: map(track.src, `${where}.src`, "caption file"),
            captions: withFont<CaptionSettings>(track.captions, `${where}.captions`, map),
          };
        }),
        captions: withFont(scene.captions, `${here}.captions`, map),
      };
    }),
    soundtrack: at(production.soundtrack, "soundtrack", "soundtrack"),
    watermark: at(production.watermark, "watermark", "watermark"),
  };
}

function withFont<Settings extends { readonly font: string | null }>(
  settings: Settings,
  path: string,
  map: MapSource,
): Settings {
  return settings.font === null
    ? settings
    : { ...settings, font: map(settings.font, `${path}.font`, "font") };
}
