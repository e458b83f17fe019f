/**
 * Reads a finished film as a player would and reports what is in it. An exit code proves nothing: a full
 * disk, a missing caption and a cut file were each seen with exit code 0.
 */
import { statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { AV_SAMPLE_FMT_FLTP } from "node-av/constants";
import type { Frame } from "node-av/lib";
import { forEachPacket, openMp4Input, StreamDecoder, streamOfType } from "../libav/video-reader.ts";
import type { TaskContext } from "../protocol.ts";

export interface InspectInput {
  readonly path: string;
  /** Frames at which a chunk begins; each must be a keyframe and is decoded. */
  readonly chunkStarts: readonly number[];
}

export interface FilmFacts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly videoSeconds: number;
  /** Presentation times are 0, 1, 2, … frames without a gap or a repetition, decode times only rise. */
  readonly timesExact: boolean;
  readonly chunks: readonly {
    readonly frame: number;
    readonly keyframe: boolean;
    readonly luma: number | null;
  }[];
  /** null without an audio stream. */
  readonly audio: {
    readonly samples: number;
    readonly seconds: number;
    readonly peak: number;
    readonly sampleRate: number;
  } | null;
  readonly sizeBytes: number;
}

export async function inspectFilm(input: InspectInput, context: TaskContext): Promise<FilmFacts> {
  const film = openMp4Input(input.path, "FILM_UNREADABLE");
  const video = streamOfType(film, "video");
  const audio = streamOfType(film, "audio");
  const videoDecoder = video === null ? null : new StreamDecoder(video);
  const audioDecoder = audio === null ? null : new StreamDecoder(audio);
  try {
    const wanted = new Set(input.chunkStarts);
    const seen = new Map<number, { keyframe: boolean; luma: number | null }>();
    const times = new Set<number>();
    let frames = 0;
    let rising = true;
    let lastDts = Number.NEGATIVE_INFINITY;
    let samples = 0;
    let peak = 0;
    const measure = (frame: Frame): void => {
      samples += frame.nbSamples;
      peak = Math.max(peak, peakOf(frame));
    };
    const ticks =
      video === null
        ? 1
        : (video.timeBase.den * video.avgFrameRate.den) / (video.timeBase.num * video.avgFrameRate.num);
    forEachPacket(film, (packet) => {
      if (packet.streamIndex === video?.index) {
        const frame = Number(packet.pts) / ticks;
        frames += 1;
        times.add(frame);
        rising &&= Number(packet.dts) > lastDts;
        lastDts = Number(packet.dts);
        if (wanted.has(frame) && videoDecoder !== null) {
          seen.set(frame, {
            keyframe: packet.isKeyframe,
            luma: packet.isKeyframe ? lumaOf(videoDecoder, packet) : null,
          });
        }
      } else if (packet.streamIndex === audio?.index) {
        audioDecoder?.decode(packet, measure);
      }
      if (frames % 256 === 0) context.progress(frames, Math.max(frames, Number(video?.nbFrames ?? 0n)));
    });
    audioDecoder?.decode(null, measure);
    await setImmediate();
    const exact =
      rising &&
      times.size === frames &&
      Array.from({ length: frames }, (_, frame) => frame).every((frame) => times.has(frame));
    const rate = audio?.codecpar.sampleRate ?? 48_000;
    return {
      width: video?.codecpar.width ?? 0,
      height: video?.codecpar.height ?? 0,
      frames,
      videoSeconds: video === null ? 0 : (Number(video.duration) * video.timeBase.num) / video.timeBase.den,
      timesExact: exact,
      chunks: input.chunkStarts.map((frame) => ({
        frame,
        ...(seen.get(frame) ?? { keyframe: false, luma: null }),
      })),
      audio:
        audio === null
          ? null
          : {
              samples,
              peak,
              sampleRate: rate,
              seconds: (Number(audio.duration) * audio.timeBase.num) / audio.timeBase.den,
            },
      sizeBytes: statSync(input.path).size,
    };
  } finally {
    videoDecoder?.close();
    audioDecoder?.close();
    film.closeInputSync();
  }
}

/** A keyframe needs no other: decode it alone and forget the rest. */
function lumaOf(decoder: StreamDecoder, packet: Parameters<StreamDecoder["decode"]>[0]): number | null {
  let luma: number | null = null;
  const visit = (frame: Frame): void => {
    const plane = frame.data?.[0];
    const stride = frame.linesize[0] as number;
    if (plane === undefined) return;
    let sum = 0;
    let count = 0;
    for (let y = 0; y < frame.height; y++) {
      for (let x = y % 7; x < frame.width; x += 7) {
        sum += plane[y * stride + x] as number;
        count += 1;
      }
    }
    luma = sum / count;
  };
  decoder.decode(packet, visit);
  decoder.decode(null, visit);
  decoder.reset();
  return luma;
}

function peakOf(frame: Frame): number {
  if (frame.format !== AV_SAMPLE_FMT_FLTP) return 0;
  let peak = 0;
  for (const plane of (frame.extendedData ?? []).slice(0, frame.channels)) {
    const samples = new Float32Array(plane.buffer, plane.byteOffset, frame.nbSamples);
    for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  }
  return peak;
}
