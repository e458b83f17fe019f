import type { CaptionSettings, Production } from "./production.ts";
import { trackPath } from "./track-path.ts";

/** @param issuePath where the source stands, as in findings; @returns the path to use instead */
export type MapSource = (source: string, issuePath: string) => string;

/** The production with every file it names looked up anew: digests become files, say. Pure. */
export function mapSources(production: Production, map: MapSource): Production {
  const fontOf = (captions: CaptionSettings, path: string): CaptionSettings =>
    captions.font === null ? captions : { ...captions, font: map(captions.font, `${path}.font`) };
  const sourceOf = <Source extends { readonly src: string }>(
    source: Source | null,
    path: string,
  ): Source | null => (source === null ? null : { ...source, src: map(source.src, `${path}.src`) });
  return {
    ...production,
    scenes: production.scenes.map((scene, index) => {
      const path = `scenes[${index}]`;
      const { card } = scene;
      return {
        ...scene,
        image: sourceOf(scene.image, `${path}.image`),
        video: sourceOf(scene.video, `${path}.video`),
        card:
          card === null || card.font === null ? card : { ...card, font: map(card.font, `${path}.card.font`) },
        audio: sourceOf(scene.audio, `${path}.audio`),
        captions: fontOf(scene.captions, `${path}.captions`),
        subtitles: scene.subtitles.map((track, place) => {
          const at = trackPath(scene, index, place);
          return {
            ...track,
            src: map(track.src, `${at}.src`),
            captions: fontOf(track.captions, `${at}.captions`),
          };
        }),
      };
    }),
    soundtrack: sourceOf(production.soundtrack, "soundtrack"),
    watermark: sourceOf(production.watermark, "watermark"),
  };
}
