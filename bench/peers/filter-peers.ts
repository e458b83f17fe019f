/** What others do with a still, each with FFmpeg's filters along the very path that Reelburst takes. */
import type { FilterStep, Stage } from "./stage.ts";

/** A zoom about the centre from 1 to `to`, constant in speed: the viewport's size changes exponentially. */
export interface PeerScene {
  readonly picture: string;
  /** A name without any character that filters would read as theirs, in the folder the peer runs in. */
  readonly subtitles: string;
  /** A folder with a font, named likewise. */
  readonly fontsFolder: string;
  readonly frames: number;
  readonly to: number;
  readonly output: string;
}

export interface FilterPeer {
  readonly id: string;
  readonly label: string;
  readonly stages: (scene: PeerScene) => readonly Stage[];
}

const [WIDTH, HEIGHT] = [1920, 1080];

/** Scaled to cover `times` the frame, cropped to its shape, BT.709 as the film is tagged. */
function fill(times: number, flags: string): FilterStep[] {
  const [width, height] = [WIDTH * times, HEIGHT * times];
  return [
    [
      "scale",
      `w=${width}:h=${height}:force_original_aspect_ratio=increase:flags=${flags}:out_color_matrix=bt709:out_range=tv`,
    ],
    ["format", "pix_fmts=yuv420p"],
    ["crop", `w=${width}:h=${height}`],
  ];
}

/** zoompan counts output frames (`on`) from 0, perspective from 1: seen by comparing frames with the reference. */
const zoomAt = ({ to, frames }: PeerScene, firstFrame: 0 | 1): string =>
  `pow(${to},(on-${firstFrame})/${Math.max(1, frames - 1)})`;

function zoompan(scene: PeerScene, framesPerInput: number): FilterStep {
  return [
    "zoompan",
    `z='${zoomAt(scene, 0)}':x='iw/2-iw/zoom/2':y='ih/2-ih/zoom/2':d=${framesPerInput}:s=${WIDTH}x${HEIGHT}:fps=30`,
  ];
}

function perspective(scene: PeerScene, interpolation: string): FilterStep {
  const near = (side: string): string => `${side}/2*(1-1/${zoomAt(scene, 1)})`;
  const far = (side: string): string => `${side}/2*(1+1/${zoomAt(scene, 1)})`;
  const corners = [
    [near("W"), near("H")],
    [far("W"), near("H")],
    [near("W"), far("H")],
    [far("W"), far("H")],
  ].flatMap(([x, y], index) => [`x${index}='${x}'`, `y${index}='${y}'`]);
  return ["perspective", `${corners.join(":")}:interpolation=${interpolation}:eval=frame`];
}

const hold = (frames: number): FilterStep => ["loop", `loop=${frames - 1}:size=1:start=0`];

function oneStage(
  id: string,
  label: string,
  feed: Stage["feed"],
  preset: string,
  filters: (scene: PeerScene) => readonly FilterStep[],
): FilterPeer {
  return {
    id,
    label,
    stages: (scene) => [
      {
        input: scene.picture,
        feed,
        frames: scene.frames,
        filters: filters(scene),
        options: { preset, crf: "23" },
        output: scene.output,
      },
    ],
  };
}

/**
 * A still video, decoded, zoomed and encoded again, then decoded, captioned and encoded a third time, all with
 * x264 medium crf 23. The original zooms with OpenCV's Lanczos and keeps an MPEG-4 file in between; here
 * the nearest filter of the same FFmpeg does it and that generation is left out, as is the sound: all in its favour.
 */
function threeEncodes(scene: PeerScene): Stage[] {
  const options = { preset: "medium", crf: "23" };
  const [still, moving] = [`${scene.output}.still.mp4`, `${scene.output}.moving.mp4`];
  const { frames } = scene;
  const captions = `filename=${scene.subtitles}:fontsdir=${scene.fontsFolder}:force_style='FontName=Inter SemiBold'`;
  return [
    {
      input: scene.picture,
      feed: "once",
      frames,
      filters: [...fill(1, "bicubic"), hold(frames)],
      options,
      output: still,
    },
    { input: still, feed: "video", frames, filters: [perspective(scene, "cubic")], options, output: moving },
    {
      input: moving,
      feed: "video",
      frames,
      filters: [["subtitles", captions]],
      options,
      output: scene.output,
    },
  ];
}

export const FILTER_PEERS: readonly FilterPeer[] = [
  oneStage("zoompan-1x", "zoompan on 1x, veryfast", "once", "veryfast", (scene) => [
    ...fill(1, "bicubic"),
    zoompan(scene, scene.frames),
  ]),
  oneStage("zoompan-2x", "zoompan on 2x, fast (seed 2)", "once", "fast", (scene) => [
    ...fill(2, "bicubic"),
    zoompan(scene, scene.frames),
  ]),
  oneStage("zoompan-6x", "zoompan on 6x, veryfast (seed 4)", "once", "veryfast", (scene) => [
    ...fill(6, "lanczos"),
    zoompan(scene, scene.frames),
  ]),
  oneStage("perspective", "perspective filter, veryfast", "once", "veryfast", (scene) => [
    ...fill(1, "bicubic"),
    hold(scene.frames),
    perspective(scene, "linear"),
  ]),
  { id: "three-encodes", label: "three encodes (seed 0)", stages: threeEncodes },
  oneStage("loop-2x", "-loop 1, 2x each frame (seed 2)", "again", "fast", (scene) => [
    ...fill(2, "bicubic"),
    zoompan(scene, 1),
  ]),
];
