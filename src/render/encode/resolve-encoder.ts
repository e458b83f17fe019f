/** Which encoder a film gets, and what was wanted when it is not that one. Pure. */
import { ReelburstError } from "../../support/errors.ts";
import { type Codec, type EncoderRequest, type EncoderSettings, encoderSettings } from "./profiles.ts";

export interface ResolvedEncoder {
  readonly settings: EncoderSettings;
  /** Not null when another encoder or codec than the one asked for is used. */
  readonly fallback: EncoderFallback | null;
}

export interface EncoderFallback {
  /** libav encoder names; several, divided by commas, when any of them would have done. */
  readonly wanted: string;
  readonly used: string;
  readonly reason: string;
}

/**
 * Which kind goes first. Software unless asked otherwise, also where a GPU is there: its bytes are the same on every
 * machine, so chunks of several machines and of earlier runs fit together. The other kind serves where the first
 * is missing.
 */
export type EncoderPreference = "software" | "hardware";

/** In order of preference. VAAPI last: on Intel's chips QSV reaches the same hardware with better rate control. */
const ENCODERS: Readonly<Record<Codec, Readonly<Record<EncoderPreference, readonly string[]>>>> = {
  h264: { software: ["libx264"], hardware: ["h264_nvenc", "h264_videotoolbox", "h264_qsv", "h264_vaapi"] },
  hevc: { software: ["libx265"], hardware: ["hevc_nvenc", "hevc_videotoolbox", "hevc_qsv", "hevc_vaapi"] },
  av1: { software: ["libsvtav1"], hardware: ["av1_nvenc", "av1_qsv", "av1_vaapi"] },
};

/** The one that is in every build and runs on every machine. */
const ALWAYS_THERE = "libx264";

function inOrder(codec: Codec, preference: EncoderPreference): readonly string[] {
  const { software, hardware } = ENCODERS[codec];
  return preference === "software" ? [...software, ...hardware] : [...hardware, ...software];
}

/** Which encoders must be tried on this machine before `resolveEncoder` can choose; none for plain h264. */
export function encodersToTry(
  request: Pick<EncoderRequest, "codec">,
  preference: EncoderPreference = "software",
): readonly string[] {
  const all = inOrder(request.codec, preference);
  const sure = all.indexOf(ALWAYS_THERE);
  return sure === -1 ? all : all.slice(0, sure);
}

/**
 * @param working encoders that have encoded a frame on this machine (`probeEncoders`)
 * @throws ReelburstError `ENCODER_SIZE` for a frame H.264 cannot hold when h264 is all there is
 */
export function resolveEncoder(
  request: EncoderRequest,
  working: ReadonlySet<string>,
  preference: EncoderPreference = "software",
): ResolvedEncoder {
  const all = inOrder(request.codec, preference);
  const used = all.find((name) => name === ALWAYS_THERE || working.has(name)) ?? ALWAYS_THERE;
  const settings = encoderSettings(used, request);
  if (settings.codec === "h264") refuseOversize(request);
  // Any encoder of the kind that was asked for is what was asked for.
  const asked = ENCODERS[request.codec][preference];
  if (asked.includes(used)) return { settings, fallback: null };
  return {
    settings,
    fallback: { wanted: asked.join(", "), used, reason: reasonFor(request.codec, used, asked, settings) },
  };
}

function reasonFor(codec: Codec, used: string, asked: readonly string[], settings: EncoderSettings): string {
  if (settings.codec !== codec)
    return `No ${codec} encoder works on this machine; the film is encoded as ${settings.codec}.`;
  if (asked.length > 1)
    return `No hardware encoder for ${codec} works on this machine; ${used} encodes instead.`;
  return `${asked[0]} does not work on this machine; ${used} encodes ${codec} instead.`;
}

/** H.264 level 6.2, the highest: 139,264 macroblocks a frame, no side over 1055 of them (Table A-1 and A.3.1). */
function refuseOversize({ width, height }: EncoderRequest): void {
  const [columns, rows] = [Math.ceil(width / 16), Math.ceil(height / 16)];
  if (columns * rows <= 139_264 && columns <= 1055 && rows <= 1055) return;
  throw new ReelburstError("ENCODER_SIZE", `H.264 cannot hold frames of ${width}x${height} pixels.`, {
    path: "output",
    hint: "Choose a smaller size, at most 8192x4320.",
  });
}
