/** Task: a sound plan -> one mastered AAC stream, measured on the finished file. */
import { rmSync, statSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { ReelburstError } from "../../../support/errors.ts";
import { EnvelopeMeter } from "../../audio/envelope.ts";
import { allowedGainDb, correctedGainDb } from "../../audio/gain.ts";
import { fromDecibels, toDecibels } from "../../audio/levels.ts";
import { LIMITER_DELAY_SAMPLES, TruePeakLimiter } from "../../audio/limiter.ts";
import { LoudnessMeter } from "../../audio/loudness.ts";
import { BLOCK_SAMPLES, type ForEachBlock, prepareMixer, type SoundMixer } from "../../audio/mixer.ts";
import type { Envelope, MixedSound, MixSoundInput } from "../../audio/sound-plan.ts";
import { TruePeakMeter } from "../../audio/true-peak.ts";
import { AacEncoder } from "../libav/audio-encoder.ts";
import { AudioInput } from "../libav/audio-input.ts";
import { openPcmFile } from "../libav/pcm-file.ts";
import type { TaskContext } from "../protocol.ts";

/** Coding moves peaks by some tenths of a decibel; most films then pass the check at the first try. */
const CODING_HEADROOM_DB = 0.3;
const LOUDNESS_TOLERANCE_LU = 0.15;
/** Coding takes away up to 0.2 LU of treble; a file further off is made again. */
const CODED_LOUDNESS_TOLERANCE_LU = 0.35;
const ENCODE_ATTEMPTS = 4;
const SILENT_SPAN_HOPS = 10;

type Context = Pick<TaskContext, "signal" | "progress">;

/**
 * The mix is never stored: it is cheap enough to be made again for each pass (measure, limit and measure,
 * encode), so memory and disk stay flat however long the film is. The finished file is decoded once more, and
 * encoded again with more headroom when coding has pushed a peak over the ceiling.
 *
 * @throws ReelburstError SOUND_PLAN_INVALID, SOUND_PCM_SHORT, SOUND_OVER_CEILING, OUTPUT_NOT_WRITABLE, ABORTED;
 *   `outPath` does not exist after any of them
 */
export async function mixSound(request: MixSoundInput, context: Context): Promise<MixedSound> {
  const { plan, outPath } = request;
  if (plan.totalSamples === 0) {
    throw new ReelburstError("SOUND_PLAN_INVALID", "A film without length has no sound.", {
      path: "totalSamples",
    });
  }
  const { forEachBlock, expect } = startWalk(context, plan.totalSamples);
  try {
    expect(plan.music === null ? 4 : 6);
    const mixer = await prepareMixer(plan, openPcmFile, forEachBlock);
    const before = await measureMix(mixer, plan.totalSamples, forEachBlock);
    let ceilingDb = plan.truePeakDb - CODING_HEADROOM_DB;
    let gainDb = await findGain(mixer, request, before, ceilingDb, forEachBlock);
    for (let attempt = 1; ; attempt++) {
      expect(2);
      const { encoder, envelope } = await encode(mixer, request, gainDb, ceilingDb, forEachBlock);
      const after = await measureFile(outPath, plan.totalSamples, forEachBlock);
      const excessDb = after.truePeakDb - plan.truePeakDb;
      const retuned =
        attempt === 1 ? retunedGain(plan.loudness, after.lufs, gainDb, before, ceilingDb) : gainDb;
      if (excessDb <= 0 && retuned !== gainDb) {
        gainDb = retuned;
        continue;
      }
      if (excessDb <= 0) {
        context.progress(1, 1);
        return {
          totalSamples: plan.totalSamples,
          integratedLufsBefore: before.lufs,
          integratedLufs: after.lufs,
          truePeakDb: Number.isFinite(after.truePeakDb) ? after.truePeakDb : null,
          gainDb,
          bytes: statSync(outPath).size,
          encoder,
          envelope,
          course: after.course,
          silentSpans: after.silentSpans,
        };
      }
      if (attempt === ENCODE_ATTEMPTS) {
        throw new ReelburstError(
          "SOUND_OVER_CEILING",
          `The encoded sound peaks at ${after.truePeakDb.toFixed(2)} dBTP; the ceiling is ${plan.truePeakDb} dBTP.`,
          { hint: "Use a higher quality (more bits for the sound) or a lower loudness." },
        );
      }
      // A little more each time: lowering the ceiling moves the coder's noise, so the excess is not additive.
      ceilingDb -= excessDb + 0.1 * 3 ** (attempt - 1);
      gainDb = Math.min(gainDb, allowedGainDb(gainDb, before.truePeakDb, ceilingDb));
    }
  } catch (error) {
    rmSync(outPath, { force: true });
    throw error;
  }
}

interface Measured {
  readonly lufs: number | null;
  /** -Infinity for digital silence. */
  readonly truePeakDb: number;
}

interface Walk {
  readonly forEachBlock: ForEachBlock;
  /** Says how many passes over the film are still to come, for progress. */
  readonly expect: (passes: number) => void;
}

/** Walks blocks; between them an abort can arrive and progress is told. */
function startWalk(context: Context, filmSamples: number): Walk {
  let done = 0;
  let expected = filmSamples;
  return {
    expect: (passes) => {
      expected = done + passes * filmSamples;
    },
    forEachBlock: async (totalSamples, visit) => {
      for (let start = 0; start < totalSamples; start += BLOCK_SAMPLES) {
        if (context.signal.aborted) throw new ReelburstError("ABORTED", "Mixing was stopped.");
        const count = Math.min(BLOCK_SAMPLES, totalSamples - start);
        visit(start, count);
        done += count;
        context.progress(done, Math.max(expected, done + 1));
        await setImmediate();
      }
    },
  };
}

async function measureMix(
  mixer: SoundMixer,
  totalSamples: number,
  forEachBlock: ForEachBlock,
): Promise<Measured> {
  const block = new Float32Array(BLOCK_SAMPLES * 2);
  const loudness = new LoudnessMeter();
  const peak = new TruePeakMeter();
  await forEachBlock(totalSamples, (start, count) => {
    mixer.mix(start, count, block);
    loudness.push(block, count);
    peak.push(block, count);
  });
  return { lufs: loudness.integrated(), truePeakDb: toDecibels(peak.finish()) };
}

/** Gain that meets the target after limiting: known at once when nothing is limited, else tried and corrected. */
async function findGain(
  mixer: SoundMixer,
  request: MixSoundInput,
  before: Measured,
  ceilingDb: number,
  forEachBlock: ForEachBlock,
): Promise<number> {
  const target = request.plan.loudness;
  if (target === null || before.lufs === null) return 0;
  let gainDb = allowedGainDb(target - before.lufs, before.truePeakDb, ceilingDb);
  for (let attempt = 0; attempt < 3 && before.truePeakDb + gainDb > ceilingDb; attempt++) {
    const meter = new LoudnessMeter();
    await limited(
      mixer,
      request.plan.totalSamples,
      gainDb,
      ceilingDb,
      forEachBlock,
      (samples, from, count) => {
        meter.push(from === 0 ? samples : samples.subarray(from * 2), count);
      },
    );
    const lufs = meter.integrated();
    if (lufs === null || Math.abs(target - lufs) <= LOUDNESS_TOLERANCE_LU) break;
    const next = allowedGainDb(correctedGainDb(gainDb, target, lufs), before.truePeakDb, ceilingDb);
    if (next === gainDb) break;
    const last = Math.abs(target - lufs) < 1;
    gainDb = next;
    // Near the target the correction is known well enough; a whole pass to confirm it would buy hundredths.
    if (last) break;
  }
  return gainDb;
}

/** The gain for a second encoding, or the same gain when the first one is close enough or no other is allowed. */
function retunedGain(
  target: number | null,
  measured: number | null,
  gainDb: number,
  before: Measured,
  ceilingDb: number,
): number {
  if (target === null || measured === null) return gainDb;
  if (Math.abs(target - measured) <= CODED_LOUDNESS_TOLERANCE_LU) return gainDb;
  return allowedGainDb(correctedGainDb(gainDb, target, measured), before.truePeakDb, ceilingDb);
}

/** Mix, gain, limiter: gives the film's samples in order. */
async function limited(
  mixer: SoundMixer,
  totalSamples: number,
  gainDb: number,
  ceilingDb: number,
  forEachBlock: ForEachBlock,
  sink: (samples: Float32Array, from: number, count: number) => void,
): Promise<void> {
  const block = new Float32Array(BLOCK_SAMPLES * 2);
  const limiter = new TruePeakLimiter(fromDecibels(ceilingDb));
  const gain = fromDecibels(gainDb);
  let skip = LIMITER_DELAY_SAMPLES;
  const pass = (count: number) => {
    limiter.process(block, count);
    const from = Math.min(skip, count);
    skip -= from;
    if (count > from) sink(block, from, count - from);
  };
  await forEachBlock(totalSamples, (start, count) => {
    mixer.mix(start, count, block);
    if (gain !== 1) for (let i = 0; i < count * 2; i++) block[i] = (block[i] as number) * gain;
    pass(count);
  });
  block.fill(0);
  pass(LIMITER_DELAY_SAMPLES);
}

async function encode(
  mixer: SoundMixer,
  request: MixSoundInput,
  gainDb: number,
  ceilingDb: number,
  forEachBlock: ForEachBlock,
): Promise<{ encoder: string; envelope: Envelope }> {
  const envelope = new EnvelopeMeter();
  const encoder = new AacEncoder(request.outPath, request.bitrate);
  try {
    await limited(
      mixer,
      request.plan.totalSamples,
      gainDb,
      ceilingDb,
      forEachBlock,
      (samples, from, count) => {
        envelope.push(samples, samples, 2, from, count);
        encoder.push(samples, from, count);
      },
    );
    encoder.finish();
    return { encoder: encoder.name, envelope: envelope.finish() };
  } finally {
    encoder.close();
  }
}

/** Decodes the file as a player would and holds it against the plan. */
async function measureFile(
  path: string,
  totalSamples: number,
  forEachBlock: ForEachBlock,
): Promise<Measured & Pick<MixedSound, "course" | "silentSpans">> {
  const input = new AudioInput(path);
  const loudness = new LoudnessMeter();
  const peak = new TruePeakMeter();
  let decoded = 0;
  try {
    await forEachBlock(totalSamples, (start, count) => {
      while (decoded < start + count) {
        const samples = input.read();
        if (samples === null) return;
        loudness.push(samples, samples.length / 2);
        peak.push(samples, samples.length / 2);
        decoded += samples.length / 2;
      }
    });
    for (let rest = input.read(); rest !== null; rest = input.read()) decoded += rest.length / 2;
  } finally {
    input.close();
  }
  if (decoded !== totalSamples || input.decodeErrors > 0) {
    throw new ReelburstError(
      "SOUND_NOT_EXACT",
      `The encoded sound holds ${decoded} samples with ${input.decodeErrors} errors; planned were ${totalSamples}.`,
      { retryable: true },
    );
  }
  return {
    lufs: loudness.integrated(),
    truePeakDb: toDecibels(peak.finish()),
    course: loudness.course(),
    silentSpans: loudness.silentSpans(SILENT_SPAN_HOPS),
  };
}
