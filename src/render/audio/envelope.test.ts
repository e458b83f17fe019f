import { expect, test } from "vitest";
import { babble, noise, type Sound, sine } from "../../../test/fixtures/wav.ts";
import { compareEnvelopes, EnvelopeMeter } from "./envelope.ts";

function envelopeOf({ samples }: Sound, from = 0): string {
  const meter = new EnvelopeMeter();
  meter.push(samples, samples, 1, from, samples.length - from);
  return meter.finish();
}

const RATE = 48_000;
const speech = babble(RATE, RATE * 12, 0.3, 4);

test("a level every 50 ms, in half decibels above -100 dBFS", () => {
  const levels = Buffer.from(envelopeOf(sine(RATE, 1, RATE, 100, 0.1)), "base64");
  expect(levels).toHaveLength(20);
  // A sine of 0.1 has -23.01 dBFS.
  expect(new Set(levels)).toEqual(new Set([154]));
  expect([...Buffer.from(envelopeOf({ ...speech, samples: new Float32Array(4800) }), "base64")]).toEqual([
    0, 0,
  ]);
});

test("interleaved and planar samples give the same", () => {
  const pair = new Float32Array(speech.samples.length * 2);
  for (const [index, sample] of speech.samples.entries()) pair.fill(sample, index * 2, index * 2 + 2);
  const meter = new EnvelopeMeter();
  meter.push(pair, pair, 2, 0, speech.samples.length);
  expect(meter.finish()).toBe(envelopeOf(speech));
});

test("the same sound differs by nothing", () => {
  const level = envelopeOf(speech);
  expect(compareEnvelopes(level, level)).toEqual({ worstDb: 0, worstAtSeconds: 0, lagSeconds: 0 });
});

test.each([2400, 9600, 24_000])("a sound that begins %i samples early is found to be moved", (samples) => {
  const { lagSeconds } = compareEnvelopes(envelopeOf(speech, samples), envelopeOf(speech));
  expect(lagSeconds).toBeCloseTo(-samples / RATE);
});

test("one wrong sentence among right ones is found, and where it is", () => {
  const wrong = new Float32Array(speech.samples);
  wrong.set(noise(RATE, 1, RATE * 2, 0.3).samples, RATE * 6);
  const { worstDb, worstAtSeconds } = compareEnvelopes(
    envelopeOf({ ...speech, samples: wrong }),
    envelopeOf(speech),
  );
  expect(worstDb).toBeGreaterThan(2);
  expect(worstAtSeconds).toBe(5);
});

test("what nobody hears, and a hiss whose treble a coder drops, are no difference", () => {
  const quiet = noise(RATE, 1, RATE * 5, 0.001).samples;
  expect(
    compareEnvelopes(
      envelopeOf({ ...speech, samples: quiet }),
      envelopeOf({ ...speech, samples: quiet.map(() => 0) }),
    ).worstDb,
  ).toBe(0);
  const hiss = noise(RATE, 1, RATE * 5, 0.3).samples;
  const dull = hiss.map((sample, at) => (sample + (hiss[at + 1] ?? 0)) / 2);
  const loss = compareEnvelopes(
    envelopeOf({ ...speech, samples: dull }),
    envelopeOf({ ...speech, samples: hiss }),
  );
  expect(loss.worstDb).toBeLessThan(0.4);
});
