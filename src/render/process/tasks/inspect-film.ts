/**
 * Reads a finished film as a player would and reports what is in it. An exit code proves nothing: a full
 * disk, a missing caption and a cut file were each seen with exit code 0.
 */
import { statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { AV_SAMPLE_FMT_FLTP } from "node-av/constants";
import type { Frame, Packet } from "node-av/lib";
import { type Area, areaSignature, frameSignature, type Signature } from "../../assemble/luma-signature.ts";
import { EnvelopeMeter } from "../../audio/envelope.ts";
import type { Envelope } from "../../audio/sound-plan.ts";
import { forEachPacket, openMp4Input, StreamDecoder, streamOfType } from "../libav/video-reader.ts";
import type { TaskContext } from "../protocol.ts";

export interface InspectInput {
  readonly path: string;
  /** In order. Each must begin with a keyframe. */
  readonly chunks: readonly InspectedChunk[];
}

export interface InspectedChunk {
  readonly startFrame: number;
  /** What to look at, frames counted within the chunk. Frame 0 alone is decoded by itself, which costs next to nothing. */
  readonly looks: readonly Look[];
}

export interface Look {
  readonly frame: number;
  /** null: the whole frame. */
  readonly area: Area | null;
}

export interface FilmFacts {
  readonly width: number;
  readonly height: number;
  readonly frames: number;
  readonly videoSeconds: number;
  /** Presentation times are 0, 1, 2, … frames without a gap or a repetition, decode times only rise. */
  readonly timesExact: boolean;
  /** Parallel to the chunks asked for. */
  readonly chunks: readonly SeenChunk[];
  /** null without an audio stream. */
  readonly audio: {
    readonly samples: number;
    readonly seconds: number;
    readonly peak: number;
    readonly sampleRate: number;
    readonly envelope: Envelope;
  } | null;
  readonly sizeBytes: number;
}

export interface SeenChunk {
  readonly keyframe: boolean;
  /** Parallel to its looks; null where no frame could be decoded. */
  readonly looks: readonly (Signature | null)[];
}

export async function inspectFilm(input: InspectInput, context: TaskContext): Promise<FilmFacts> {
  const film = openMp4Input(input.path, "FILM_UNREADABLE");
  const video = streamOfType(film, "video");
  const audio = streamOfType(film, "audio");
  const videoDecoder = video === null ? null : new StreamDecoder(video);
  const audioDecoder = audio === null ? null : new StreamDecoder(audio);
  try {
    const times = new Set<number>();
    let frames = 0;
    let rising = true;
    let lastDts = Number.NEGATIVE_INFINITY;
    let samples = 0;
    let peak = 0;
    const envelope = new EnvelopeMeter();
    const measure = (frame: Frame): void => {
      samples += frame.nbSamples;
      if (frame.format !== AV_SAMPLE_FMT_FLTP) return;
      const planes = (frame.extendedData ?? [])
        .slice(0, frame.channels)
        .map((plane) => new Float32Array(plane.buffer, plane.byteOffset, frame.nbSamples));
      const [left, right = left] = planes;
      if (left === undefined || right === undefined) return;
      peak = Math.max(peak, peakOf(left), peakOf(right));
      envelope.push(left, right, 1, 0, frame.nbSamples);
    };
    const ticks =
      video === null
        ? 1
        : (video.timeBase.den * video.avgFrameRate.den) / (video.timeBase.num * video.avgFrameRate.num);
    const viewer =
      videoDecoder === null || video === null ? null : new ChunkViewer(input.chunks, videoDecoder, ticks);
    forEachPacket(film, (packet) => {
      if (packet.streamIndex === video?.index) {
        const frame = Number(packet.pts) / ticks;
        frames += 1;
        times.add(frame);
        rising &&= Number(packet.dts) > lastDts;
        lastDts = Number(packet.dts);
        viewer?.feed(packet, frame);
      } else if (packet.streamIndex === audio?.index) {
        audioDecoder?.decode(packet, measure);
      }
      if (frames % 256 === 0) context.progress(frames, Math.max(frames, Number(video?.nbFrames ?? 0n)));
    });
    viewer?.finish();
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
      chunks:
        viewer?.seen ?? input.chunks.map(({ looks }) => ({ keyframe: false, looks: looks.map(() => null) })),
      audio:
        audio === null
          ? null
          : {
              samples,
              peak,
              sampleRate: rate,
              envelope: envelope.finish(),
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

/**
 * Decodes no more of a film than is looked at. Chunks are closed and stand one behind the other, so a chunk's packets
 * end where the next one's keyframe begins.
 */
class ChunkViewer {
  readonly seen: { keyframe: boolean; looks: (Signature | null)[] }[];
  readonly #chunks: readonly InspectedChunk[];
  readonly #starts: ReadonlyMap<number, number>;
  readonly #decoder: StreamDecoder;
  readonly #ticks: number;
  /** The chunk whose packets are being decoded; -1: none. */
  #open = -1;

  /** @param ticks of the video stream in a frame */
  constructor(chunks: readonly InspectedChunk[], decoder: StreamDecoder, ticks: number) {
    this.#chunks = chunks;
    this.#starts = new Map(chunks.map(({ startFrame }, index) => [startFrame, index]));
    this.#decoder = decoder;
    this.#ticks = ticks;
    this.seen = chunks.map(({ looks }) => ({ keyframe: false, looks: looks.map(() => null) }));
  }

  feed(packet: Packet, frame: number): void {
    const index = this.#starts.get(frame);
    if (index !== undefined) {
      this.finish();
      const seen = this.seen[index];
      if (seen === undefined || !packet.isKeyframe) return;
      seen.keyframe = true;
      this.#open = index;
    }
    if (this.#open < 0) return;
    const { startFrame, looks } = this.#chunks[this.#open] as InspectedChunk;
    this.#decoder.skipUnreferenced(!looks.some((look) => look.frame === frame - startFrame));
    this.#decode(packet);
    if (this.#chunks[this.#open]?.looks.every((look) => look.frame === 0)) this.finish();
  }

  finish(): void {
    if (this.#open < 0) return;
    this.#decode(null);
    this.#decoder.reset();
    this.#open = -1;
  }

  #decode(packet: Packet | null): void {
    try {
      this.#decoder.decode(packet, (decoded) => this.#look(decoded));
    } catch {
      // What cannot be decoded stays unseen, and the gate says which chunk it is.
    }
  }

  #look(decoded: Frame): void {
    const chunk = this.#chunks[this.#open] as InspectedChunk;
    const frame = Number(decoded.pts) / this.#ticks - chunk.startFrame;
    for (const [index, look] of chunk.looks.entries()) {
      const data = look.frame === frame ? decoded.data?.[0] : undefined;
      if (data === undefined) continue;
      const { width, height } = decoded;
      const plane = { data, stride: decoded.linesize[0] as number, width, height };
      const { looks } = this.seen[this.#open] as { looks: (Signature | null)[] };
      looks[index] = look.area === null ? frameSignature(plane) : areaSignature(plane, look.area);
    }
  }
}

function peakOf(samples: Float32Array): number {
  let peak = 0;
  for (const sample of samples) peak = Math.max(peak, Math.abs(sample));
  return peak;
}
