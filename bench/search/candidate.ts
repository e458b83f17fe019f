/** Encoder settings as points of a space that can be searched. */
import { type EncoderSettings, encoderSettings } from "../../src/render/encode/profiles.ts";

/**
 * libav's and the library's own names in one flat record: `preset`, `crf`, `qp`, `bf` go to libav, everything
 * else into `x264-params` and its like.
 */
export interface Candidate {
  readonly encoder: string;
  readonly options: Readonly<Record<string, string>>;
}

/** The values that each option may take; an empty text leaves it to the preset. */
export type Space = Readonly<Record<string, readonly string[]>>;

const LIBAV_OPTIONS = new Set(["preset", "crf", "qp", "bf", "tune", "g"]);
const FPS = { num: 30, den: 1 };
const GOP_FRAMES = "300";

interface Library {
  readonly parameters: string;
  /** What makes bytes the same everywhere and chunks joinable: never searched. */
  readonly fixed: Readonly<Record<string, string>>;
}

const LIBRARIES: Readonly<Record<string, Library>> = {
  libx264: {
    parameters: "x264-params",
    fixed: { "cpu-independent": "1", stitchable: "1", "open-gop": "0" },
  },
  libx265: {
    parameters: "x265-params",
    fixed: {
      pools: "none",
      "frame-threads": "1",
      wpp: "0",
      "no-info": "1",
      "open-gop": "0",
      scenecut: "0",
      "repeat-headers": "1",
      keyint: GOP_FRAMES,
      "min-keyint": GOP_FRAMES,
    },
  },
  libsvtav1: {
    parameters: "svtav1-params",
    fixed: { lp: "1", keyint: GOP_FRAMES, scd: "0", "enable-overlays": "0" },
  },
};

/** What everything is held against: what most tools use when they mean "fast". */
export const YARDSTICK: Candidate = { encoder: "libx264", options: { preset: "veryfast", crf: "23" } };

export function settingsOf({ encoder, options }: Candidate): EncoderSettings {
  const library = LIBRARIES[encoder];
  if (library === undefined) throw new Error(`There is no search over ${encoder}.`);
  const given = Object.entries(options).filter(([, value]) => value !== "");
  const inner = {
    ...library.fixed,
    ...Object.fromEntries(given.filter(([name]) => !LIBAV_OPTIONS.has(name))),
  };
  return {
    ...encoderSettings(encoder, { quality: "standard", fps: FPS }),
    options: {
      g: GOP_FRAMES,
      ...Object.fromEntries(given.filter(([name]) => LIBAV_OPTIONS.has(name))),
      [library.parameters]: Object.entries(inner)
        .map((pair) => pair.join("="))
        .join(":"),
    },
  };
}

/** The other way: what a profile of the product says, as a point of the space. */
export function candidateOf({ encoderName, options }: EncoderSettings): Candidate {
  const library = LIBRARIES[encoderName];
  if (library === undefined) throw new Error(`There is no search over ${encoderName}.`);
  const { [library.parameters]: joined = "", g: _gop, ...outer } = options;
  const inner = joined
    .split(":")
    .map((pair) => pair.split("=") as [string, string])
    .filter(([name]) => library.fixed[name] === undefined);
  return { encoder: encoderName, options: { ...outer, ...Object.fromEntries(inner) } };
}

/** Equal settings have equal names, whatever order they were written in. */
export function nameOf({ encoder, options }: Candidate): string {
  const said = Object.entries(options)
    .filter(([, value]) => value !== "")
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map((pair) => pair.join("="));
  return [encoder, ...said].join(" ");
}

/** `candidate` with some options changed; an empty text takes an option away. */
export function changed(candidate: Candidate, change: Readonly<Record<string, string>>): Candidate {
  return { ...candidate, options: { ...candidate.options, ...change } };
}
