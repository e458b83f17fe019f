/** Task: one sound file -> raw 48 kHz stereo float32 PCM, sample-exact. */
import { rmSync } from "node:fs";
import { setImmediate } from "node:timers/promises";
import { ReelburstError } from "../../../support/errors.ts";
import { isMislabelled } from "../../audio/container-check.ts";
import { toDecibels } from "../../audio/levels.ts";
import {
  type AudioWarning,
  type DecodeAudioInput,
  type DecodedAudio,
  PCM_BYTES_PER_SAMPLE,
  SOUND_SAMPLE_RATE,
} from "../../audio/sound-plan.ts";
import { ACCEPTED_SOUND, AudioInput } from "../libav/audio-input.ts";
import { PcmWriter } from "../libav/pcm-file.ts";
import type { TaskContext } from "../protocol.ts";

/** What may be missing at the end before the file counts as cut off. */
const TOLERATED_LOSS_SECONDS = 0.25;
/** One failed packet in four decoded ones. */
const LARGEST_ERROR_SHARE = 4;
const SILENCE_PEAK = 0.001;
/** Float files may exceed full scale by 24 dB; anything beyond is not sound but damage. */
const LARGEST_SAMPLE = 16;
const SAMPLES_BETWEEN_PAUSES = SOUND_SAMPLE_RATE;
/** Past this much more than the file states, the rest is counted before it is written: at 46 MB, not at gigabytes. */
const UNSTATED_SECONDS = 120;

/**
 * @throws ReelburstError AUDIO_UNREADABLE, AUDIO_NO_STREAM, AUDIO_TRUNCATED, AUDIO_TOO_LONG, FORMAT_NOT_ALLOWED,
 *   DISK_FULL, ABORTED; `outPath` does not exist after any of them
 */
export async function decodeAudio(
  request: DecodeAudioInput,
  context: Pick<TaskContext, "signal" | "progress">,
): Promise<DecodedAudio> {
  let input: AudioInput | null = null;
  let writer: PcmWriter | null = null;
  try {
    input = new AudioInput(request.path, request.originSeconds ?? null);
    const seconds = input.statedSeconds;
    if (seconds !== null && seconds > request.limits.maxDurationSeconds + 1) throw tooLong(request);
    writer = new PcmWriter(request.outPath);
    const levels = await copySamples(request, context, input, writer);
    writer.finish();
    writer.close();
    writer = null;
    checkComplete(request.path, input, levels.sampleCount - input.shiftedSamples);
    return describe(request.path, input, levels);
  } catch (error) {
    writer?.close();
    rmSync(request.outPath, { force: true });
    throw error;
  } finally {
    input?.close();
  }
}

interface Levels {
  readonly sampleCount: number;
  readonly peak: number;
  readonly squares: number;
  readonly brokenSamples: number;
}

async function copySamples(
  request: DecodeAudioInput,
  context: Pick<TaskContext, "signal" | "progress">,
  input: AudioInput,
  writer: PcmWriter,
): Promise<Levels> {
  const { maxDurationSeconds, maxOutputBytes } = request.limits;
  const most = Math.min(maxDurationSeconds * SOUND_SAMPLE_RATE, maxOutputBytes / PCM_BYTES_PER_SAMPLE);
  const expected = Math.round((input.statedSeconds ?? 0) * SOUND_SAMPLE_RATE);
  let peak = 0;
  let squares = 0;
  let brokenSamples = 0;
  let pauseAt = 0;
  let countAt = expected + UNSTATED_SECONDS * SOUND_SAMPLE_RATE;
  for (let block = input.read(); block !== null; block = input.read()) {
    for (let i = 0; i < block.length; i++) {
      let value = block[i] as number;
      if (!(Math.abs(value) <= LARGEST_SAMPLE)) {
        brokenSamples++;
        value = Number.isNaN(value) ? 0 : Math.max(-LARGEST_SAMPLE, Math.min(LARGEST_SAMPLE, value));
        block[i] = value;
      }
      squares += value * value;
      if (value > peak) peak = value;
      else if (-value > peak) peak = -value;
    }
    if (writer.sampleCount + block.length / 2 > most) throw tooLong(request);
    writer.write(block);
    if (writer.sampleCount > countAt) {
      countAt = Number.POSITIVE_INFINITY;
      const seconds = most / SOUND_SAMPLE_RATE;
      if ((await input.packetSeconds(seconds + 1)) > seconds + 1) throw tooLong(request);
    }
    if (writer.sampleCount >= pauseAt) {
      // An abort arrives as an event; without a pause it would wait for the end of the file.
      await setImmediate();
      if (context.signal.aborted) throw new ReelburstError("ABORTED", "Decoding was stopped.");
      context.progress(writer.sampleCount, Math.max(expected, writer.sampleCount));
      pauseAt = writer.sampleCount + SAMPLES_BETWEEN_PAUSES;
    }
  }
  return { sampleCount: writer.sampleCount, peak, squares, brokenSamples };
}

function checkComplete(path: string, input: AudioInput, sampleCount: number): void {
  const decoded = sampleCount / SOUND_SAMPLE_RATE;
  if (input.statedSeconds !== null && input.statedSeconds - decoded > TOLERATED_LOSS_SECONDS) {
    throw new ReelburstError(
      "AUDIO_TRUNCATED",
      `${path} says it is ${input.statedSeconds.toFixed(2)} s long, but only ${decoded.toFixed(2)} s could be decoded.`,
      { path, hint: "Copy, download or export the file again." },
    );
  }
  // Random bytes hold frame headers by chance: what fails this often is something else, or beyond use.
  if (sampleCount === 0 || input.decodeErrors * LARGEST_ERROR_SHARE > input.framesDecoded) {
    throw new ReelburstError("AUDIO_UNREADABLE", `${path} holds no sound that can be decoded.`, {
      path,
      hint: `Check that it plays elsewhere, then export it again as ${ACCEPTED_SOUND}.`,
    });
  }
}

function describe(path: string, input: AudioInput, levels: Levels): DecodedAudio {
  const warnings: AudioWarning[] = [];
  const silent = levels.peak <= SILENCE_PEAK;
  if (isMislabelled(path, input.formatName)) {
    const format = input.formatName.split(",")[0];
    warnings.push({
      code: "AUDIO_MISLABELLED",
      message: `${path} is really ${format} (${input.codecName}); it was read as that.`,
    });
  }
  if (input.audioStreams > 1) {
    warnings.push({
      code: "AUDIO_EXTRA_STREAMS",
      message: `${path} has ${input.audioStreams} audio tracks; the first one is used.`,
    });
  }
  if (input.decodeErrors > 0 || levels.brokenSamples > 0) {
    warnings.push({
      code: "AUDIO_DAMAGED",
      message: `${path} is damaged: ${input.decodeErrors} packets and ${levels.brokenSamples} samples could not be decoded. Captions may run ahead of the sound after them.`,
    });
  }
  if (input.lengthUnstated) {
    warnings.push({
      code: "AUDIO_LENGTH_UNSTATED",
      message: `${path} does not say how long it is; a missing end would not be noticed.`,
    });
  }
  if (silent)
    warnings.push({
      code: "AUDIO_SILENT",
      message: `${path} is silent: nothing in it is louder than -60 dBFS.`,
    });
  return {
    sampleCount: levels.sampleCount,
    sourceSampleRate: input.sourceSampleRate,
    sourceChannels: input.sourceChannels,
    codec: input.codecName,
    peak: levels.peak,
    rmsDb: Math.max(-200, toDecibels(Math.sqrt(levels.squares / (2 * levels.sampleCount)))),
    silent,
    warnings,
  };
}

function tooLong(request: DecodeAudioInput): ReelburstError {
  const minutes = Math.round(request.limits.maxDurationSeconds / 60);
  return new ReelburstError(
    "AUDIO_TOO_LONG",
    `${request.path} holds more sound than is accepted (${minutes} minutes).`,
    {
      path: request.path,
      hint: "Cut it into shorter files, one a scene.",
    },
  );
}
