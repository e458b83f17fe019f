/** Which encoder a film gets, and what was wanted when it is not that one. Pure. */
import { ReelburstError } from "../../support/errors.ts";
import { type Codec, type EncoderRequest, type EncoderSettings, encoderSettings } from "./profiles.ts";

export interface ResolvedEncoder {
  readonly settings: EncoderSettings;
  /** Not null when another codec than the one asked for is used. */
  readonly fallback: EncoderFallback | null;
}

export interface EncoderFallback {
  /** libav encoder names. */
  readonly wanted: string;
  readonly used: string;
  readonly reason: string;
}

/**
 * In order of preference. Software first, also where a GPU is there: its bytes are the same on every machine,
 * so chunks of several machines and of earlier runs fit together. A GPU encoder serves where the software one
 * of that codec is missing.
 */
const PREFERENCE: Readonly<Record<Codec, readonly string[]>> = {
  h264: ["libx264", "h264_nvenc", "h264_videotoolbox"],
  hevc: ["libx265", "hevc_nvenc", "hevc_videotoolbox"],
  av1: ["libsvtav1", "av1_nvenc"],
};

/** The one that is in every build and runs on every machine. */
const ALWAYS_THERE = "libx264";

/** Which encoders must be tried on this machine before `resolveEncoder` can choose; none for plain h264. */
export function encodersToTry(request: Pick<EncoderRequest, "codec">): readonly string[] {
  return PREFERENCE[request.codec][0] === ALWAYS_THERE ? [] : PREFERENCE[request.codec];
}

/**
 * @param working encoders that have encoded a frame on this machine (`probeEncoders`)
 * @throws ReelburstError `ENCODER_SIZE` for a frame H.264 cannot hold when h264 is all there is
 */
export function resolveEncoder(request: EncoderRequest, working: ReadonlySet<string>): ResolvedEncoder {
  const wanted = PREFERENCE[request.codec][0] as string;
  const used =
    PREFERENCE[request.codec].find((name) => name === ALWAYS_THERE || working.has(name)) ?? ALWAYS_THERE;
  const settings = encoderSettings(used, request);
  if (settings.codec === "h264") refuseOversize(request);
  if (used === wanted) return { settings, fallback: null };
  const reason =
    settings.codec === request.codec
      ? `${wanted} does not work on this machine; ${used} encodes ${request.codec} instead.`
      : `No ${request.codec} encoder works on this machine; the film is encoded as ${settings.codec}.`;
  return { settings, fallback: { wanted, used, reason } };
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
