/**
 * What each encoder is told for each quality: one table, no code paths.
 *
 * The figures behind the x264 row are in `docs/decisions/0031-encoder-search.md` and `0034-quantiser-by-detail.md`.
 * Nothing that stands in the headers depends on a chunk's content or length, so every chunk of a film carries the
 * same SPS and PPS and chunks join by stream copy. Every encoder runs on one thread: bytes must not depend on the number of cores.
 */
import type { Fraction, OutputSettings, Quality } from "../../spec/production.ts";
import type { SceneContent } from "./scene-content.ts";

export type Codec = OutputSettings["codec"];

/**
 * Everything that determines an encoder's output besides its input frames, as plain data: it is part of a
 * chunk's plan and of its key. The chunks of a film may differ in what their headers do not hold.
 */
export interface EncoderSettings {
  readonly codec: Codec;
  /** libav's name, such as `libx264`. */
  readonly encoderName: string;
  /** libav option name -> value; all of them are set on the codec context before it is opened. */
  readonly options: Readonly<Record<string, string>>;
  readonly pixelFormat: "yuv420p";
  /** How the encoder takes its frames: planar, with interleaved chroma (NV12), or as NV12 in a GPU's memory. */
  readonly surface: Surface;
  /** How the samples are tagged; the kernel makes them so. */
  readonly color: ColorTags;
}

export type Surface = "yuv420p" | "nv12" | "vaapi";

export interface ColorTags {
  readonly primaries: "bt709";
  readonly transfer: "bt709";
  readonly matrix: "bt709";
  readonly range: "limited";
}

/** What the table is asked for; a production's `output` is one. */
export interface EncoderRequest {
  readonly codec: Codec;
  readonly quality: Quality;
  /** Pixels, even. */
  readonly width: number;
  readonly height: number;
  readonly fps: Fraction;
}

export const BT709_LIMITED: ColorTags = Object.freeze({
  primaries: "bt709",
  transfer: "bt709",
  matrix: "bt709",
  range: "limited",
});

/** AAC, bits per second, stereo. Not part of `EncoderSettings`: sound must not change a chunk's key. */
export const AUDIO_BITRATES: Readonly<Record<Quality, number>> = Object.freeze({
  draft: 128_000,
  standard: 192_000,
  high: 256_000,
});

/**
 * Longer than any chunk, so that a chunk is one GOP. A bound is set at all because some encoders
 * reserve buffers for it.
 */
const GOP_SECONDS = 10;

type Options = Readonly<Record<string, string>>;
type OptionTable = Readonly<Record<Quality, (gop: string) => Options>>;
type ByContent = Readonly<Record<SceneContent, (gop: string) => Options>>;
type ContentTable = Readonly<Record<Quality, ByContent>>;

/** x264 parameters every quality shares. */
const X264_COMMON = [
  // The same bytes whatever SIMD the machine has, at no measurable cost.
  "cpu-independent=1",
  // Headers that do not follow from rate control's state: chunks must be joinable.
  "stitchable=1",
  "open-gop=0",
  // A chunk holds one picture in slow motion: nothing to cut at, nothing fades between reference and frame
  // except transitions, which are short and cheap anyway.
  "scenecut=0",
  "weightp=0",
];

function x264(rate: Options, parameters: readonly string[]) {
  const joined = [...X264_COMMON, ...SLOW_MOTION, ...parameters].join(":");
  return (gop: string): Options => ({ preset: "superfast", ...rate, g: gop, bf: "3", "x264-params": joined });
}

/** Three B-frames with a pyramid keep the steps between predictions short and alike; two or five tremble twice as much. */
const SLOW_MOTION = ["ref=1", "b-adapt=0", "b-pyramid=normal", "direct=spatial"];

/**
 * A block trembles when it is predicted to a quarter pixel and its residual is thrown away, so the dead zone that throws
 * it away (21 by itself) is nearly closed and the quantiser made coarser instead. I-frames are finer, since all others
 * are made of them. What was tried: `docs/decisions/0031-encoder-search.md`.
 */
const LITTLE_THROWN_AWAY = ["me=hex", "subme=2", "dct-decimate=0", "deadzone-intra=6"];

/**
 * The quantiser follows each block's variance and nothing else: no look-ahead (`mbtree`), and next to nothing of the
 * frames' complexity (`qcomp`; at 1 exactly `ipratio` would not be heard). Hard edges hide what is thrown away
 * beside them, and even ground between them gets the bits.
 */
function byBlock(crf: number, strength: number) {
  return {
    rate: { crf: String(crf) },
    aq: ["aq-mode=1", `aq-strength=${strength}`, "mbtree=0", "qcomp=0.99"],
  };
}

/**
 * Of filmed frames nobody knows beforehand what is in them: the library's own look-ahead, as its faster presets have
 * it, on the same structure of frames as everything else.
 */
const FILMED = ["me=hex", "subme=2", "mbtree=1", "rc-lookahead=10", "aq-mode=1"];

/**
 * By content; what the headers hold (reference frames, B-frames, `chroma-qp-offset`) is the same in a quality's whole
 * row, since a film's chunks are joined as they are. Why: `docs/decisions/0034-quantiser-by-detail.md`.
 */
const X264: ContentTable = {
  draft: draftX264(),
  standard: standardX264(),
  high: highX264(),
};

function draftX264(): ByContent {
  const all = x264({ qp: "29" }, ["me=dia", "subme=1", "pbratio=1.2", "ipratio=2"]);
  return { hardZoom: all, hardPan: all, softZoom: all, softPan: all, video: all };
}

function standardX264(): ByContent {
  // At the luma's own quantiser flat colours came out two to three levels wrong.
  const shared = [...LITTLE_THROWN_AWAY, "ipratio=2", "chroma-qp-offset=-2"];
  const [strong, weak] = [byBlock(28, 1), byBlock(30, 0.5)];
  return {
    hardZoom: x264(strong.rate, [...shared, ...strong.aq, "deadzone-inter=6", "pbratio=1.8"]),
    hardPan: x264(weak.rate, [...shared, ...weak.aq, "deadzone-inter=3", "pbratio=1.4"]),
    softZoom: x264(weak.rate, [...shared, ...weak.aq, "deadzone-inter=3", "pbratio=1.1"]),
    // Where all blocks move alike, a quantiser that differs from block to block is seen as trembling.
    softPan: x264({ qp: "28" }, [...shared, "deadzone-inter=3", "pbratio=1.1"]),
    video: x264({ crf: "23" }, [...FILMED, "chroma-qp-offset=-2"]),
  };
}

function highX264(): ByContent {
  // B-frames as fine as P-frames, or every other frame would move differently.
  const soft = [...LITTLE_THROWN_AWAY, "ipratio=1.4", "pbratio=1.0", "deadzone-inter=0"];
  const { rate, aq } = byBlock(23, 1);
  const hard = x264(rate, [...LITTLE_THROWN_AWAY, ...aq, "ipratio=2", "pbratio=1.1", "deadzone-inter=2"]);
  return {
    hardZoom: hard,
    hardPan: hard,
    softZoom: x264({ qp: "22" }, soft),
    softPan: x264({ qp: "20" }, soft),
    video: x264({ crf: "18" }, FILMED),
  };
}

/** `pools=none:frame-threads=1` is one thread; `no-info` leaves out a text that names the machine's features. */
function x265(preset: string, crf: number) {
  return (gop: string): Options => ({
    preset,
    crf: String(crf),
    g: gop,
    "x265-params": `pools=none:frame-threads=1:wpp=0:no-info=1:open-gop=0:scenecut=0:repeat-headers=1:keyint=${gop}:min-keyint=${gop}`,
  });
}

const X265: OptionTable = {
  draft: x265("ultrafast", 29),
  standard: x265("superfast", 25),
  high: x265("fast", 20),
};

/**
 * `lp=1` is one thread. crf counts 0..63 here; 35 is SVT-AV1's own default, about x264's 23. Preset 8 at `standard` cost
 * 2.5 times as much as 10 and moved no more smoothly.
 */
function svtAv1(preset: number, crf: number) {
  return (gop: string): Options => ({
    preset: String(preset),
    crf: String(crf),
    g: gop,
    "svtav1-params": `lp=1:keyint=${gop}:scd=0:enable-overlays=0`,
  });
}

const SVT_AV1: OptionTable = { draft: svtAv1(10, 42), standard: svtAv1(10, 35), high: svtAv1(6, 26) };

/*
 * Hardware. None of it was ever run by us: the values are taken from the encoders' documentation, so that quality is
 * about that of the software rows, and each encoder must encode frames on the machine before it is used.
 */

/**
 * NVENC: variable rate towards a constant quality, `cq` on H.264's scale of quantisers, without a bound on the rate
 * (FFmpeg's option help for `*_nvenc`; NVIDIA, "Using FFmpeg with NVIDIA GPU Hardware Acceleration"). Look-ahead stays
 * off, so that two runs agree; the number of B-frames is left to the preset, since older chips refuse any in HEVC.
 */
function nvenc(preset: string, quality: number) {
  return (gop: string): Options => ({
    preset,
    tune: "hq",
    rc: "vbr",
    cq: String(quality),
    b: "0",
    g: gop,
    "no-scenecut": "1",
  });
}

const NVENC: OptionTable = { draft: nvenc("p1", 28), standard: nvenc("p4", 23), high: nvenc("p6", 18) };

/**
 * A constant quantiser is the one mode that every VAAPI driver has (FFmpeg, "VAAPI encoders", `rc_mode`), and H.264 and
 * HEVC define what a quantiser means, so equal values give about equal distortion. Hardware keeps its dead zone: with
 * the usual one x264 needed 25 for the SSIM that the row above has at 29. I-frames 6 finer, B-frames 1 coarser,
 * as there. Drivers without B-frames leave them out by themselves.
 */
function vaapi(quantiser: number) {
  return (gop: string): Options => ({
    rc_mode: "CQP",
    qp: String(quantiser),
    g: gop,
    bf: "3",
    b_depth: "2",
    ...FRAME_OFFSETS,
  });
}

const FRAME_OFFSETS: Options = { i_qfactor: "1", i_qoffset: "-6", b_qfactor: "1", b_qoffset: "1" };

const VAAPI: OptionTable = { draft: vaapi(29), standard: vaapi(25), high: vaapi(17) };

/** AV1's quantiser index runs 0..255, four times the scale that SVT-AV1's crf has. */
function vaapiAv1(index: number) {
  return (gop: string): Options => ({ rc_mode: "CQP", global_quality: String(index), g: gop });
}

const VAAPI_AV1: OptionTable = { draft: vaapiAv1(168), standard: vaapiAv1(140), high: vaapiAv1(104) };

/** `flags=+qscale` makes it the constant quantiser, in units of 118 (FFmpeg, "QSV Encoders", "Ratecontrol Method"). */
function qsv(quantiser: number) {
  return (gop: string): Options => ({
    preset: "medium",
    flags: "+qscale",
    global_quality: String(quantiser * 118),
    g: gop,
    bf: "3",
    b_strategy: "1",
    ...FRAME_OFFSETS,
  });
}

const QSV: OptionTable = { draft: qsv(29), standard: qsv(25), high: qsv(17) };

/** Without `qscale` it is ICQ, 1..51, "intelligent constant quality", which needs no knowledge of AV1's indices. */
function qsvAv1(quality: number) {
  return (gop: string): Options => ({ preset: "medium", global_quality: String(quality), g: gop });
}

const QSV_AV1: OptionTable = { draft: qsvAv1(30), standard: qsvAv1(25), high: qsvAv1(19) };

/**
 * VideoToolbox takes quality as 1..100 through the scaled `global_quality`; Apple silicon only (FFmpeg,
 * "VideoToolbox": elsewhere opening it fails, and the fallback is used).
 */
function videoToolbox(quality: number) {
  return (gop: string): Options => ({
    global_quality: String(quality * 118),
    flags: "+qscale",
    g: gop,
    allow_sw: "0",
  });
}

const VIDEO_TOOLBOX: OptionTable = {
  draft: videoToolbox(45),
  standard: videoToolbox(60),
  high: videoToolbox(75),
};

/** Every encoder there are settings for. The names are libav's. */
export const ENCODER_PROFILES: Readonly<Record<string, EncoderProfile>> = {
  libx264: { codec: "h264", surface: "yuv420p", options: X264 },
  libx265: { codec: "hevc", surface: "yuv420p", options: X265 },
  libsvtav1: { codec: "av1", surface: "yuv420p", options: SVT_AV1 },
  h264_nvenc: { codec: "h264", surface: "nv12", options: NVENC },
  hevc_nvenc: { codec: "hevc", surface: "nv12", options: NVENC },
  av1_nvenc: { codec: "av1", surface: "nv12", options: NVENC },
  h264_qsv: { codec: "h264", surface: "nv12", options: QSV },
  hevc_qsv: { codec: "hevc", surface: "nv12", options: QSV },
  av1_qsv: { codec: "av1", surface: "nv12", options: QSV_AV1 },
  h264_vaapi: { codec: "h264", surface: "vaapi", options: VAAPI },
  hevc_vaapi: { codec: "hevc", surface: "vaapi", options: VAAPI },
  av1_vaapi: { codec: "av1", surface: "vaapi", options: VAAPI_AV1 },
  h264_videotoolbox: { codec: "h264", surface: "nv12", options: VIDEO_TOOLBOX },
  hevc_videotoolbox: { codec: "hevc", surface: "nv12", options: VIDEO_TOOLBOX },
};

interface EncoderProfile {
  readonly codec: Codec;
  readonly surface: Surface;
  readonly options: OptionTable | ContentTable;
}

/**
 * @param request without `content`: what a film has whose scenes ask for nothing else
 * @throws RangeError for an encoder that has no profile
 */
export function encoderSettings(
  encoderName: string,
  request: Pick<EncoderRequest, "quality" | "fps"> & { readonly content?: SceneContent },
): EncoderSettings {
  const profile = ENCODER_PROFILES[encoderName];
  if (profile === undefined) throw new RangeError(`No encoder profile is called ${encoderName}.`);
  const row = profile.options[request.quality];
  const optionsFor = typeof row === "function" ? row : row[request.content ?? "softPan"];
  const gopFrames = Math.ceil((GOP_SECONDS * request.fps.num) / request.fps.den);
  return Object.freeze({
    codec: profile.codec,
    encoderName,
    options: Object.freeze(optionsFor(String(gopFrames))),
    pixelFormat: "yuv420p",
    surface: profile.surface,
    color: BT709_LIMITED,
  });
}
