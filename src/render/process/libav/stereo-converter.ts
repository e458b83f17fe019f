/** Any decoded frame -> 48 kHz interleaved stereo float32, by libswresample. */
import { AV_CHANNEL_ORDER_NATIVE, AV_SAMPLE_FMT_FLT, type AVSampleFormat } from "node-av/constants";
import { type Frame, SoftwareResampleContext } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import { PCM_BYTES_PER_SAMPLE, SOUND_SAMPLE_RATE } from "../../audio/sound-plan.ts";
import { check, setOptions } from "./av.ts";

export const STEREO = { nbChannels: 2, order: AV_CHANNEL_ORDER_NATIVE, mask: 3n };

/** FFmpeg's default layout by channel count, for files that state only a count. */
const DEFAULT_MASKS: readonly bigint[] = [0n, 0x4n, 0x3n, 0xbn, 0x107n, 0x37n, 0x3fn, 0x70fn, 0x63fn];

/** A forged header can ask for a resampling filter of gigabytes; real recordings lie within these. */
const LOWEST_RATE = 4_000;
const HIGHEST_RATE = 768_000;

export class StereoConverter {
  #context: SoftwareResampleContext | null = null;
  #shape = "";
  #inputRate = SOUND_SAMPLE_RATE;
  #buffer = Buffer.alloc(0);
  #samples = new Float32Array(0);
  #count = 0;

  /** The samples of the last `convert` or `flush`: valid until the next one. */
  get samples(): Float32Array {
    return this.#samples.subarray(0, this.#count * 2);
  }

  /** Returns the number of samples now in `samples`. A frame of another shape than the one before is allowed. */
  convert(frame: Frame): number {
    const channels = frame.channelLayout.nbChannels;
    const native = frame.channelLayout.order === AV_CHANNEL_ORDER_NATIVE;
    const mask = native ? frame.channelLayout.mask : (DEFAULT_MASKS[channels] ?? 0n);
    const shape = `${frame.format} ${frame.sampleRate} ${channels} ${mask}`;
    this.#count = 0;
    if (shape !== this.#shape) {
      // What the old resampler still holds belongs before this frame.
      this.#drain();
      this.#open(frame.format as AVSampleFormat, frame.sampleRate, channels, mask);
      this.#shape = shape;
    }
    this.#run(frame.extendedData, frame.nbSamples);
    return this.#count;
  }

  flush(): number {
    this.#count = 0;
    this.#drain();
    return this.#count;
  }

  close(): void {
    this.#context?.free();
    this.#context = null;
  }

  #open(format: AVSampleFormat, sampleRate: number, channels: number, mask: bigint): void {
    if (mask === 0n || sampleRate < LOWEST_RATE || sampleRate > HIGHEST_RATE) {
      throw new ReelburstError(
        "AUDIO_UNREADABLE",
        `The sound has ${channels} channels at ${sampleRate} Hz; that arrangement is not known or not usable.`,
        { hint: "Convert it to mono or stereo at 48,000 Hz." },
      );
    }
    this.close();
    const context = new SoftwareResampleContext();
    const layout = { nbChannels: channels, order: AV_CHANNEL_ORDER_NATIVE, mask };
    this.#inputRate = sampleRate;
    check(
      context.allocSetOpts2(STEREO, AV_SAMPLE_FMT_FLT, SOUND_SAMPLE_RATE, layout, format, sampleRate),
      "Cannot prepare the resampler",
    );
    // Mono goes to both sides at full level; swresample's own matrix would take 3 dB off.
    if (channels === 1) check(context.setMatrix([1, 1], 1), "Cannot set the mono matrix");
    // More than two channels are scaled so that their sum cannot pass full scale; for float it is off by default.
    if (channels > 2) setOptions(context, { rematrix_maxval: "1.0" }, "resampler");
    check(context.init(), "Cannot start the resampler");
    this.#context = context;
  }

  #drain(): void {
    if (this.#context === null) return;
    for (let before = -1; before !== this.#count; ) {
      before = this.#count;
      this.#run(null, 0);
    }
    this.close();
    this.#shape = "";
  }

  #run(input: Buffer[] | null, inputCount: number): void {
    const context = this.#context as SoftwareResampleContext;
    const delayed = Number(context.getDelay(BigInt(this.#inputRate)));
    const room = Math.ceil(((inputCount + delayed) * SOUND_SAMPLE_RATE) / this.#inputRate) + 64;
    this.#reserve(this.#count + room);
    const target = this.#buffer.subarray(this.#count * PCM_BYTES_PER_SAMPLE);
    this.#count += check(context.convertSync([target], room, input, inputCount), "Cannot resample");
  }

  #reserve(count: number): void {
    if (this.#samples.length >= count * 2) return;
    const larger = new Float32Array(count * 2);
    larger.set(this.#samples.subarray(0, this.#count * 2));
    this.#samples = larger;
    this.#buffer = Buffer.from(larger.buffer);
  }
}
