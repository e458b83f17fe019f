/**
 * Which frame of a video is on screen at a given time, exactly, wherever reading starts: the same question gives the
 * same pixels whether the frames before it were read or not.
 */
import { AVERROR_EAGAIN, AVERROR_EOF } from "node-av/constants";
import { Frame } from "node-av/lib";
import { Deinterlacer } from "./deinterlacer.ts";
import { VideoInput } from "./video-input.ts";

/** Seconds to look further back each time the keyframe found stands after the frame wanted. */
const STEPS_BACK = [0, 2, 10, 60];
/** A deinterlaced frame is made from its neighbours; one frame more allows for uneven times. */
const FRAMES_BEFORE_DEINTERLACED = 2;

export class VideoFrames {
  readonly #path: string;
  readonly #deinterlace: boolean;
  #input: VideoInput;
  #deinterlacer: Deinterlacer | null = null;
  /** At most these two decoded frames are held, beside the decoder's own references. */
  #current = newFrame();
  #next = newFrame();
  #currentTick: bigint | null = null;
  #nextTick: bigint | null = null;
  #opened = false;

  constructor(path: string, deinterlace: boolean) {
    this.#path = path;
    this.#deinterlace = deinterlace;
    this.#input = new VideoInput(path);
  }

  /**
   * The last frame whose time is not after `tick`; before the first one, the first one. Valid until the next call.
   * Cheapest when ticks only rise.
   *
   * @returns null for a file without frames
   * @throws ReelburstError VIDEO_DAMAGED
   */
  frameAt(tick: bigint): { readonly frame: Frame; readonly tick: bigint } | null {
    if (this.#currentTick === null || tick < this.#currentTick) this.#seek(tick);
    while (this.#nextTick !== null && this.#nextTick <= tick) this.#advance();
    if (this.#currentTick === null) return null;
    this.#input.requireWhole(this.#currentTick, tick);
    return { frame: this.#current, tick: this.#currentTick };
  }

  close(): void {
    this.#input.close();
    this.#deinterlacer?.close();
    this.#current.free();
    this.#next.free();
  }

  #seek(tick: bigint): void {
    const { num, den } = this.#input.timeBase;
    const ticksOf = (seconds: number): bigint => BigInt(Math.ceil((seconds * den) / num));
    const rate = this.#input.stream.avgFrameRate;
    const before =
      this.#deinterlace && rate.num > 0 ? ticksOf((FRAMES_BEFORE_DEINTERLACED * rate.den) / rate.num) : 0n;
    for (const seconds of STEPS_BACK) {
      this.#forget();
      if (!this.#input.seek(tick - before - ticksOf(seconds))) break;
      this.#opened = true;
      this.#start();
      if (this.#currentTick !== null && this.#currentTick <= tick - before) return;
    }
    // From the very start, by opening anew: the one way that every container knows.
    this.#forget();
    if (this.#opened) {
      this.#input.close();
      this.#input = new VideoInput(this.#path);
    }
    this.#opened = true;
    this.#start();
  }

  #forget(): void {
    this.#current.unref();
    this.#next.unref();
    this.#currentTick = null;
    this.#nextTick = null;
    this.#deinterlacer?.close();
    this.#deinterlacer = null;
  }

  #start(): void {
    this.#currentTick = this.#read(this.#current);
    if (this.#currentTick !== null) this.#nextTick = this.#read(this.#next);
  }

  #advance(): void {
    this.#current.unref();
    [this.#current, this.#next] = [this.#next, this.#current];
    this.#currentTick = this.#nextTick;
    this.#nextTick = this.#read(this.#next);
  }

  #read(into: Frame): bigint | null {
    if (!this.#deinterlace) return this.#input.readFrame(into);
    for (;;) {
      const made = this.#deinterlacer?.receive(into) ?? AVERROR_EAGAIN;
      if (made === AVERROR_EOF) return null;
      if (typeof made === "bigint") return made;
      const tick = this.#input.readFrame(into);
      if (tick === null && this.#deinterlacer === null) return null;
      this.#deinterlacer ??= new Deinterlacer(into, this.#input.timeBase);
      this.#deinterlacer.send(tick === null ? null : into, tick ?? 0n);
      into.unref();
    }
  }
}

function newFrame(): Frame {
  const frame = new Frame();
  frame.alloc();
  return frame;
}
