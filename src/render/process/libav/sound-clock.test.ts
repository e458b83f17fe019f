import type { Frame } from "node-av/lib";
import { expect, test } from "vitest";
import { SoundClock } from "./sound-clock.ts";

const TIME_BASE = { num: 1, den: 48_000 };

/** What comes out for frames of 1000 samples at these times: silent and heard samples, in order. */
function play(originSeconds: number, times: readonly number[]): (readonly ["silence" | "sound", number])[] {
  const clock = new SoundClock(originSeconds);
  const out: (readonly ["silence" | "sound", number])[] = [];
  for (const pts of times) {
    clock.see({ pts: BigInt(pts), nbSamples: 1000, sampleRate: 48_000 } as Frame, TIME_BASE);
    for (let block = clock.takeSilence(); block !== null; block = clock.takeSilence())
      out.push(["silence", block.length / 2]);
    const heard = 1000 - clock.takeSkip(1000);
    if (heard > 0) out.push(["sound", heard]);
  }
  return out;
}

test.each([
  [
    "on time",
    0,
    [0, 1000],
    [
      ["sound", 1000],
      ["sound", 1000],
    ],
  ],
  [
    "late, with more silence than one block holds",
    0,
    [50_000],
    [
      ["silence", 48_000],
      ["silence", 2000],
      ["sound", 1000],
    ],
  ],
  [
    "early",
    0.03125,
    [0, 1000, 2000],
    [
      ["sound", 500],
      ["sound", 1000],
    ],
  ],
  [
    "rounded time stamps",
    0,
    [0, 1010, 1990],
    [
      ["sound", 1000],
      ["sound", 1000],
      ["sound", 1000],
    ],
  ],
  [
    "a gap",
    0,
    [0, 5000],
    [
      ["sound", 1000],
      ["silence", 4000],
      ["sound", 1000],
    ],
  ],
  [
    "a gap across the origin",
    0.0625,
    [0, 5000],
    [
      ["silence", 2000],
      ["sound", 1000],
    ],
  ],
])("%s", (_, origin, times, expected) => {
  expect(play(origin, times)).toEqual(expected);
});
