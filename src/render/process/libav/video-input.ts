/** Opens one local video file behind whitelists and hands out the packets and frames of its picture track. */
import {
  AV_DISPOSITION_ATTACHED_PIC,
  AV_NOPTS_VALUE,
  AV_PKT_FLAG_DISCARD,
  AVDISCARD_ALL,
  AVERROR_EAGAIN,
  AVERROR_EOF,
  AVMEDIA_TYPE_AUDIO,
  AVMEDIA_TYPE_VIDEO,
  AVSEEK_FLAG_BACKWARD,
} from "node-av/constants";
import { Codec, CodecContext, type FormatContext, type Frame, Packet, type Stream } from "node-av/lib";
import type { Fraction } from "../../../spec/production.ts";
import { ReelburstError } from "../../../support/errors.ts";
import { MAX_VIDEO_PIXELS } from "../limits.ts";
import { check, setOptions } from "./av.ts";
import { ACCEPTED_VIDEO, notAllowed, openAllowed, quietly, requireSize, VIDEO_CODECS } from "./open-video.ts";

/** Decoding may fail this often in one reading before the file counts as beyond use. */
const MOST_ERRORS = 1000;

export class VideoInput {
  readonly path: string;
  readonly formatName: string;
  readonly codecName: string;
  readonly timeBase: Fraction;
  readonly stream: Stream;
  readonly videoStreams: number;
  readonly hasSound: boolean;
  /** Where the packets read so far end, whatever their track. */
  endSeconds = 0;
  /** Set when reading ended otherwise than at the file's end. */
  brokenOff = false;
  readonly #input: FormatContext;
  readonly #decoder = new CodecContext();
  readonly #packet = new Packet();
  #draining = false;
  /** Stretches in which a frame was lost or decoded with errors, each to the next keyframe: what follows leans on it. */
  readonly #damage: { from: bigint; until: bigint | null }[] = [];
  #errors = 0;
  /** Time of the keyframe at which reading went on; null until it was met. */
  #keyTick: bigint | null = null;
  #closed = false;

  /**
   * @param tracks `all`: the other tracks are read too, so that `endSeconds` speaks of the whole file
   * @throws ReelburstError FORMAT_NOT_ALLOWED, VIDEO_UNREADABLE, VIDEO_TRUNCATED, VIDEO_NO_PICTURE, VIDEO_TOO_LARGE
   */
  constructor(path: string, tracks: "picture" | "all" = "picture") {
    this.path = path;
    this.#input = openAllowed(path);
    this.#packet.alloc();
    try {
      check(
        quietly(() => this.#input.findStreamInfoSync(null)),
        `Cannot read ${path}`,
        "VIDEO_UNREADABLE",
      );
      const pictures = this.#input.streams.filter(
        (stream) =>
          stream.codecpar.codecType === AVMEDIA_TYPE_VIDEO &&
          // A cover picture is no video.
          !stream.hasDisposition(AV_DISPOSITION_ATTACHED_PIC),
      );
      const stream = pictures[0];
      if (stream === undefined) {
        throw new ReelburstError("VIDEO_NO_PICTURE", `${path} contains no moving picture.`, {
          path,
          hint: `Use ${ACCEPTED_VIDEO}. A file with sound alone goes to audio.`,
        });
      }
      this.stream = stream;
      this.videoStreams = pictures.length;
      this.hasSound = this.#input.streams.some((other) => other.codecpar.codecType === AVMEDIA_TYPE_AUDIO);
      for (const other of this.#input.streams)
        if (tracks === "picture" && other.index !== stream.index) other.discard = AVDISCARD_ALL;
      this.formatName = this.#input.iformat?.name ?? "";
      this.timeBase = { num: stream.timeBase.num, den: stream.timeBase.den };
      requireSize(path, stream.codecpar.width, stream.codecpar.height);
      this.codecName = this.#openDecoder();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Length of the whole file as the container says, in seconds; 0 when it says nothing. */
  get statedSeconds(): number {
    const { duration } = this.#input;
    return duration === AV_NOPTS_VALUE ? 0 : Number(duration) / 1e6;
  }

  /** Frames the container's index lists; 0 when it has none. */
  get statedFrames(): number {
    return Number(this.stream.nbFrames);
  }

  /** The next packet of the picture track, valid until the next call; null at the end. */
  readPacket(): Packet | null {
    for (;;) {
      this.#packet.unref();
      const result = quietly(() => this.#input.readFrameSync(this.#packet));
      if (result < 0) {
        this.brokenOff ||= result !== AVERROR_EOF;
        return null;
      }
      const { num, den } = this.#input.streams[this.#packet.streamIndex]?.timeBase ?? this.timeBase;
      const end = (Number(this.#packet.pts + this.#packet.duration) * num) / den;
      if (this.#packet.pts !== AV_NOPTS_VALUE) this.endSeconds = Math.max(this.endSeconds, end);
      if (this.#packet.streamIndex === this.stream.index) return this.#packet;
    }
  }

  /**
   * Continues at the last keyframe whose place is not after `tick`. Containers order by decoding time, so the frame
   * that is on screen at `tick` may still be before it: look at what comes and go further back.
   *
   * @returns false when the container cannot
   */
  seek(tick: bigint): boolean {
    this.#decoder.flushBuffers();
    this.#draining = false;
    this.#keyTick = null;
    this.#damage.length = 0;
    return quietly(() => this.#input.seekFrameSync(this.stream.index, tick, AVSEEK_FLAG_BACKWARD)) >= 0;
  }

  /**
   * Decodes the next frame in order of presentation into `frame`. Frames shown before the keyframe at which reading
   * began are passed over: they may lean on frames that were not read.
   *
   * @returns its time in ticks, or null at the end; whether it is whole is for `requireWhole` to say
   * @throws ReelburstError VIDEO_DAMAGED for a frame without a time
   */
  readFrame(frame: Frame): bigint | null {
    for (;;) {
      const received = quietly(() => this.#decoder.receiveFrameSync(frame));
      if (received >= 0) {
        const tick = frame.pts === AV_NOPTS_VALUE ? frame.bestEffortTimestamp : frame.pts;
        if (tick === AV_NOPTS_VALUE) throw this.#damaged("a frame without a time");
        if (this.#keyTick === null || tick < this.#keyTick) {
          frame.unref();
          continue;
        }
        requireSize(this.path, frame.width, frame.height);
        if (frame.decodeErrorFlags !== 0) this.#noteDamage(tick);
        else if (frame.keyFrame === 1) this.#endDamage(tick);
        return tick;
      }
      if (received === AVERROR_EOF) return null;
      // A frame that the decoder gives up on is counted as lost by the packet it came from, or flagged.
      if (received !== AVERROR_EAGAIN) this.#errors += 1;
      if (this.#errors > MOST_ERRORS) throw this.#damaged("too much of it cannot be decoded");
      this.#feed();
    }
  }

  /**
   * Damage elsewhere in the file is nobody's concern: it is asked for the frame that is shown.
   *
   * @param tick the moment for which the frame of time `frameTick` was found
   * @throws ReelburstError VIDEO_DAMAGED when it, or one it leans on, was lost or decoded with errors
   */
  requireWhole(frameTick: bigint, tick: bigint): void {
    const hurt = this.#damage.find(
      ({ from, until }) => from <= tick && (until === null || until > frameTick),
    );
    if (hurt !== undefined) throw this.#damaged(`the frame at ${this.#seconds(hurt.from)} s`);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    this.#packet.free();
    this.#decoder.freeContext();
    this.#input.closeInputSync();
  }

  #feed(): void {
    if (this.#draining) return;
    const packet = this.readPacket();
    if (packet === null) {
      this.#draining = true;
      this.#decoder.sendPacketSync(null);
      return;
    }
    if (this.#keyTick === null) {
      if (!packet.isKeyframe) return;
      // A keyframe that an edit list hides still has to be decoded; what is shown comes after it.
      this.#keyTick = packet.pts === AV_NOPTS_VALUE ? packet.dts : packet.pts;
    }
    const sent = quietly(() => this.#decoder.sendPacketSync(packet));
    if (sent < 0 && packet.pts >= this.#keyTick) this.#noteDamage(packet.pts);
  }

  #noteDamage(tick: bigint): void {
    const open = this.#damage.at(-1);
    if (open === undefined || open.until !== null) this.#damage.push({ from: tick, until: null });
    else if (tick < open.from) open.from = tick;
  }

  #endDamage(keyTick: bigint): void {
    const open = this.#damage.at(-1);
    if (open !== undefined && open.until === null && open.from < keyTick) open.until = keyTick;
  }

  #openDecoder(): string {
    const codec = Codec.findDecoder(this.stream.codecpar.codecId);
    if (codec === null || !VIDEO_CODECS.includes(codec.name ?? ""))
      throw notAllowed(this.path, "holds a picture in a coding that is not accepted");
    this.#decoder.allocContext3(codec);
    const doing = `Cannot decode ${this.path}`;
    check(this.#decoder.parametersToContext(this.stream.codecpar), doing, "VIDEO_UNREADABLE");
    this.#decoder.pktTimebase = this.stream.timeBase;
    // One thread: the slots already fill the cores, and frame threads would hold a frame each.
    this.#decoder.threadCount = 1;
    // The stream may announce another size than the container; libav then refuses before it allocates.
    setOptions(this.#decoder, { max_pixels: String(MAX_VIDEO_PIXELS) }, "decoder");
    check(this.#decoder.open2Sync(codec, null), doing, "VIDEO_UNREADABLE");
    return codec.name ?? "";
  }

  #seconds(tick: bigint): string {
    return ((Number(tick) * this.timeBase.num) / this.timeBase.den).toFixed(2);
  }

  #damaged(what: string): ReelburstError {
    return new ReelburstError("VIDEO_DAMAGED", `${this.path} is damaged: ${what}.`, {
      path: this.path,
      hint: "Copy, download or export the file again, or trim the damaged part away.",
    });
  }
}

/** An edit list may hide frames at the start: they are decoded and never shown. */
export function isShown(packet: Packet): boolean {
  return (packet.flags & AV_PKT_FLAG_DISCARD) === 0;
}
