/** The chosen scene as it will look: frame, motion, caption, watermark. */
import { useEffect, useState } from "preact/hooks";
import { CaptionPreview } from "./caption-preview.tsx";
import type { Options } from "./document.ts";
import type { Draft } from "./draft.ts";
import { firstCue } from "./first-cue.ts";

const SAMPLE = "The light arrives eight minutes late, and nobody minds.";

export function useBlobUrl(file: Blob | undefined): string | null {
  const [url, setUrl] = useState<string | null>(null);
  useEffect(() => {
    if (file === undefined) {
      setUrl(null);
      return;
    }
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}

export function Stage(props: {
  readonly draft: Draft;
  readonly selected: number;
  readonly options: Options;
}) {
  const { draft, options } = props;
  const scene = draft.scan.value.scenes[props.selected];
  const picture = useBlobUrl(scene === undefined ? undefined : draft.fileOf(scene.image)?.file);
  const watermarkPath = draft.scan.value.watermark;
  const watermark = useBlobUrl(watermarkPath === null ? undefined : draft.fileOf(watermarkPath)?.file);
  const captionFile = scene?.subtitles == null ? undefined : draft.fileOf(scene.subtitles)?.file;
  const [caption, setCaption] = useState(SAMPLE);
  useEffect(() => {
    let isWanted = true;
    setCaption(SAMPLE);
    captionFile
      ?.slice(0, 20_000)
      .text()
      .then((text) => isWanted && setCaption(firstCue(text) ?? SAMPLE))
      .catch(() => {});
    return () => {
      isWanted = false;
    };
  }, [captionFile]);
  const [across = 16, down = 9] = options.aspect.split(":").map(Number);
  return (
    <figure class="stage" style={{ "--ratio": across / down }}>
      <div class={`stage-frame ${down > across ? "upright" : ""}`}>
        {picture === null ? null : (
          <img key={`${picture} ${options.motion}`} class={`motion-${options.motion}`} src={picture} alt="" />
        )}
        {watermark === null ? null : <img class={`mark-${options.corner}`} src={watermark} alt="" />}
        <CaptionPreview style={options.captions} position={options.position} text={caption} />
      </div>
      <figcaption class="quiet">
        {scene === undefined ? "" : scene.id}
        {captionFile === undefined && options.captions !== "none"
          ? " · sample caption: this scene has no caption file"
          : ""}
      </figcaption>
    </figure>
  );
}
