/** Opens one local sound file behind whitelists and gives its samples as 48 kHz stereo float. */
import { closeSync, openSync, readSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import {
  AV_LOG_FATAL,
  AV_NOPTS_VALUE,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
} from "node-av/constants";
import { Codec, CodecContext, FormatContext, Frame, Log, Packet, type Stream } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import {
  looksLikePlaylist,
  oggEnding,
  wavHeaderFault,
  wavMissingBytes,
} from "../../audio/container-check.ts";
import { check, setOptions } from "./av.ts";
import { SoundClock } from "./sound-clock.ts";
import { StereoConverter } from "./stereo-converter.ts";

const FORMATS = "mp3,wav,aac,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2";
/** Video files hold sound too; as narration they are not taken. */
const VIDEO_FORMATS = "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm";
export const AUDIO_CODECS = [
  ...["mp3float", "mp3", "mp2float", "mp2", "aac", "flac", "alac", "opus", "libopus", "vorbis", "libvorbis"],
  ...["pcm_u8", "pcm_s16le", "pcm_s16be", "pcm_s24le", "pcm_s24be", "pcm_s32le", "pcm_s32be"],
  ...["pcm_f32le", "pcm_f32be", "pcm_f64le", "pcm_alaw", "pcm_mulaw"],
];
/** For hints. */
export const ACCEPTED_SOUND = "mp3, wav, m4a, aac, flac, ogg or opus";
const EINVAL = -22;
const PAGE_BYTES = 66_000;
const PACKETS_BETWEEN_PAUSES = 10_000;

export class AudioInput {
  readonly formatName: string;
  readonly codecName: string;
  readonly audioStreams: number;
  /** What the container says, in seconds; null when it says nothing. */
  readonly statedSeconds: number | null;
  /** Set when the container does not say how long it is, or not that it is complete. */
  readonly lengthUnstated: boolean;
  sourceSampleRate: number;
  sourceChannels: number;
  /** Packets that could not be decoded. */
  decodeErrors = 0;
  framesDecoded = 0;

  readonly #path: string;
  readonly #formats: string;
  readonly #input: FormatContext;
  readonly #decoder = new CodecContext();
  readonly #packet = new Packet();
  readonly #frame = new Frame();
  readonly #converter = new StereoConverter();
  readonly #stream: Stream;
  readonly #clock: SoundClock | null;
  #heldBack = false;
  #state: "reading" | "draining" | "flushed" = "reading";
  #closed = false;

  /**
   * @throws ReelburstError FORMAT_NOT_ALLOWED, AUDIO_UNREADABLE, AUDIO_NO_STREAM, AUDIO_TRUNCATED
   */
  constructor(path: string, originSeconds: number | null = null) {
    this.#clock = originSeconds === null ? null : new SoundClock(originSeconds);
    const facts = inspectBytes(path);
    this.#path = path;
    this.#formats = originSeconds === null ? FORMATS : VIDEO_FORMATS;
    this.#input = openAllowed(path, facts.mp4, this.#formats);
    this.#packet.alloc();
    this.#frame.alloc();
    try {
      const audio = this.#input.streams.filter((stream) => stream.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
      // Before findStreamInfo: after it, a guess from the bit rate would look like a statement.
      const stated = audio.map((stream) => stream.duration);
      check(
        quietly(() => this.#input.findStreamInfoSync(null)),
        `Cannot read ${path}`,
        "AUDIO_UNREADABLE",
      );
      const stream = audio[0];
      if (stream === undefined) {
        throw new ReelburstError("AUDIO_NO_STREAM", `${path} contains no sound.`, {
          path,
          hint: `Use a file with an audio track (${ACCEPTED_SOUND}).`,
        });
      }
      this.#stream = stream;
      this.audioStreams = audio.length;
      for (const other of this.#input.streams) {
        if (other.index !== stream.index) other.discard = AVDISCARD_ALL;
      }
      this.formatName = this.#input.iformat?.name ?? "";
      this.codecName = this.#openDecoder(path, stream);
      this.sourceSampleRate = stream.codecpar.sampleRate;
      this.sourceChannels = stream.codecpar.channels;
      const duration = stated[0] ?? AV_NOPTS_VALUE;
      const known = duration !== AV_NOPTS_VALUE && duration > 0n;
      this.statedSeconds = known ? (Number(duration) * stream.timeBase.num) / stream.timeBase.den : null;
      this.lengthUnstated = facts.lengthUnstated;
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Samples of silence put in, less those left out, to keep to the file's clock. */
  get shiftedSamples(): number {
    return this.#clock?.shiftedSamples ?? 0;
  }

  /** The next samples, valid until the next call; null at the end. */
  read(): Float32Array | null {
    for (;;) {
      const silence = this.#clock?.takeSilence() ?? null;
      if (silence !== null) return silence;
      if (this.#heldBack) {
        this.#heldBack = false;
        return this.#converter.samples;
      }
      const received = this.#decoder.receiveFrameSync(this.#frame);
      if (received >= 0) {
        this.framesDecoded++;
        this.sourceSampleRate = this.#frame.sampleRate;
        this.sourceChannels = this.#frame.channels;
        this.#clock?.see(this.#frame, this.#stream.timeBase);
        const count = this.#converter.convert(this.#frame);
        this.#frame.unref();
        if (this.#clock?.owesSilence === true) this.#heldBack = count > 0;
        else {
          const skipped = this.#clock?.takeSkip(count) ?? 0;
          if (skipped < count) return this.#converter.samples.subarray(skipped * 2);
        }
      } else if (received === AVERROR_EAGAIN) {
        this.#feed();
      } else if (received !== AVERROR_EOF && this.#state === "reading") {
        this.decodeErrors++;
        this.#feed();
      } else {
        if (this.#state === "flushed") return null;
        this.#state = "flushed";
        return this.#converter.flush() > 0 ? this.#converter.samples : null;
      }
    }
  }

  /**
   * How much sound the file's packets say they hold, by reading all of them and decoding none: what a header says
   * can be a lie, and 400 kB of silence can be ten hours. Stops counting soon after `enoughSeconds`.
   */
  async packetSeconds(enoughSeconds: number): Promise<number> {
    const input = openAllowed(this.#path, false, this.#formats);
    const packet = new Packet();
    packet.alloc();
    try {
      const { index, timeBase } = this.#stream;
      let ticks = 0;
      const enough = (enoughSeconds * timeBase.den) / timeBase.num;
      for (let count = 1; ticks <= enough && input.readFrameSync(packet) >= 0; count++) {
        if (packet.streamIndex === index) ticks += Math.max(0, Number(packet.duration));
        packet.unref();
        // The process must notice when its parent is gone.
        if (count % PACKETS_BETWEEN_PAUSES === 0) await setImmediate();
      }
      return (ticks * timeBase.num) / timeBase.den;
    } finally {
      packet.free();
      input.closeInputSync();
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#converter.close();
    this.#packet.free();
    this.#frame.free();
    this.#decoder.freeContext();
    this.#input.closeInputSync();
  }

  #feed(): void {
    for (;;) {
      const result = this.#input.readFrameSync(this.#packet);
      if (result < 0) {
        if (result !== AVERROR_EOF) this.decodeErrors++;
        this.#state = "draining";
        this.#decoder.sendPacketSync(null);
        return;
      }
      const wanted = this.#packet.streamIndex === this.#stream.index;
      const sent = wanted ? this.#decoder.sendPacketSync(this.#packet) : -1;
      this.#packet.unref();
      if (!wanted) continue;
      if (sent >= 0) return;
      this.decodeErrors++;
    }
  }

  #openDecoder(path: string, stream: Stream): string {
    const codec = Codec.findDecoder(stream.codecpar.codecId);
    if (codec === null || !AUDIO_CODECS.includes(codec.name ?? "")) {
      throw new ReelburstError(
        "FORMAT_NOT_ALLOWED",
        `${path} holds sound in a coding that is not accepted.`,
        {
          path,
          hint: `Convert it to ${ACCEPTED_SOUND}.`,
        },
      );
    }
    this.#decoder.allocContext3(codec);
    check(this.#decoder.parametersToContext(stream.codecpar), `Cannot decode ${path}`, "AUDIO_UNREADABLE");
    // Priming and padding are trimmed by time stamp, so the decoder has to know their unit.
    this.#decoder.pktTimebase = stream.timeBase;
    this.#decoder.threadCount = 1;
    check(this.#decoder.open2Sync(codec, null), `Cannot decode ${path}`, "AUDIO_UNREADABLE");
    return codec.name ?? "";
  }
}

/** Cover pictures are refused by the codec whitelist as they should be; libav would log an error for each. */
function quietly(action: () => number): number {
  const level = Log.getLevel();
  Log.setLevel(AV_LOG_FATAL);
  try {
    return action();
  } finally {
    Log.setLevel(level);
  }
}

function openAllowed(path: string, mp4: boolean, formats: string): FormatContext {
  const input = new FormatContext();
  input.allocContext();
  const options = {
    format_whitelist: formats,
    protocol_whitelist: "file",
    codec_whitelist: AUDIO_CODECS.join(","),
  };
  setOptions(input, options, "input");
  const result = input.openInputSync(`file:${path}`, null, null);
  if (result >= 0) return input;
  input.freeContext();
  if (result === EINVAL) throw notAllowed(path, "is in a format that is not accepted for sound");
  if (mp4) {
    throw new ReelburstError("AUDIO_TRUNCATED", `${path} is cut off or damaged: its index is missing.`, {
      path,
      hint: "Copy, download or export the file again.",
    });
  }
  throw new ReelburstError(
    "AUDIO_UNREADABLE",
    `${path} is no sound file, or it is damaged at its start or end.`,
    {
      path,
      hint: `Use ${ACCEPTED_SOUND}; if it should be one of these, export or download it again.`,
    },
  );
}

/** Looks at both ends of the file without libav. */
function inspectBytes(path: string): { lengthUnstated: boolean; mp4: boolean } {
  const { head, tail, sizeBytes } = readEnds(path);
  if (looksLikePlaylist(head)) throw notAllowed(path, "is a list of other files, not sound");
  const fault = wavHeaderFault(head);
  if (fault !== null) {
    throw new ReelburstError("AUDIO_UNREADABLE", `${path} has a damaged header: ${fault}.`, {
      path,
      hint: "Export the file again.",
    });
  }
  const missing = wavMissingBytes(head, sizeBytes);
  const ogg = String.fromCharCode(...head.subarray(0, 4)) === "OggS" ? oggEnding(tail) : "complete";
  if ((typeof missing === "number" && missing > 0) || ogg === "cut") {
    const detail =
      typeof missing === "number" ? `: ${missing} bytes of the sound it announces are missing` : "";
    throw new ReelburstError("AUDIO_TRUNCATED", `${path} is cut off${detail}.`, {
      path,
      hint: "Copy, download or export the file again.",
    });
  }
  return {
    lengthUnstated: missing === "unstated" || ogg === "open",
    mp4: String.fromCharCode(...head.subarray(4, 8)) === "ftyp",
  };
}

function readEnds(path: string): { head: Buffer; tail: Buffer; sizeBytes: number } {
  try {
    const stat = statSync(path);
    if (!stat.isFile()) throw new Error("not a regular file");
    const file = openSync(path, "r");
    try {
      const head = Buffer.alloc(Math.min(stat.size, PAGE_BYTES));
      const tail = Buffer.alloc(head.length);
      const headBytes = readSync(file, head, 0, head.length, 0);
      const tailBytes = readSync(file, tail, 0, tail.length, stat.size - tail.length);
      return { head: head.subarray(0, headBytes), tail: tail.subarray(0, tailBytes), sizeBytes: stat.size };
    } finally {
      closeSync(file);
    }
  } catch (cause) {
    throw new ReelburstError("AUDIO_UNREADABLE", `${path} cannot be read: ${(cause as Error).message}.`, {
      path,
      hint: "Check the path and its permissions.",
      cause,
    });
  }
}

function notAllowed(path: string, what: string): ReelburstError {
  return new ReelburstError("FORMAT_NOT_ALLOWED", `${path} ${what}.`, {
    path,
    hint: `Use ${ACCEPTED_SOUND}.`,
  });
}
