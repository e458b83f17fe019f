/** Copies the packets of a finished sound file into a film, in step with its pictures. */
import { AVERROR_EOF } from "node-av/constants";
import { type FormatContext, Packet, Rational, type Stream } from "node-av/lib";
import { ReelburstError } from "../../../support/errors.ts";
import { check } from "./av.ts";
import { openMp4Input, streamOfType } from "./video-reader.ts";

/** Hands out audio packets in step with the pictures, so that the file can be played while it loads. */
export class SoundCopier {
  readonly stream: Stream;
  packets = 0;
  readonly #input: FormatContext;
  readonly #packet = new Packet();
  readonly #timeBase: Rational;
  #waiting = false;

  constructor(path: string) {
    this.#input = openMp4Input(path, "SOUND_DAMAGED");
    const stream = streamOfType(this.#input, "audio");
    if (stream === null)
      throw new ReelburstError("SOUND_DAMAGED", "The mixed sound has no stream.", { retryable: true });
    this.stream = stream;
    this.#timeBase = new Rational(stream.timeBase.num, stream.timeBase.den);
    this.#packet.alloc();
  }

  writeUpTo(seconds: number, output: FormatContext, target: Stream | null): void {
    if (target === null) return;
    const packet = this.#packet;
    for (;;) {
      if (!this.#waiting) {
        const result = this.#input.readFrameSync(packet);
        if (result === AVERROR_EOF) return;
        check(result, "read sound");
        this.#waiting = true;
      }
      if ((Number(packet.pts) * this.#timeBase.num) / this.#timeBase.den > seconds) return;
      packet.rescaleTs(this.#timeBase, target.timeBase);
      packet.streamIndex = target.index;
      check(output.interleavedWriteFrameSync(packet), "write film");
      packet.unref();
      this.#waiting = false;
      this.packets += 1;
    }
  }

  close(): void {
    this.#packet.free();
    this.#input.closeInputSync();
  }
}
