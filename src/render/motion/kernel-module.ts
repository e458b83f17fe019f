import { readFile } from "node:fs/promises";
import { KernelMemory, type LinearMemory } from "./memory.ts";

/** The compiled kernel's functions; documented in `assembly/`. Addresses and sizes in bytes unless named otherwise. */
export interface KernelExports {
  heapBase(): number;
  convertRowSlack(): number;
  convertRow(rgb: number, width: number, yRow: number, uRow: number, vRow: number): void;
  buildReducer(
    starts: number,
    coefficients: number,
    count: number,
    taps: number,
    factor: number,
    weights: number,
  ): void;
  padRow(row: number, width: number, pad: number): void;
  reduceRow(
    source: number,
    starts: number,
    coefficients: number,
    taps: number,
    count: number,
    target: number,
  ): void;
  reduceColumns(rows: number, coefficients: number, taps: number, width: number, target: number): void;
  buildAxis(
    table: number,
    count: number,
    start: number,
    step: number,
    phases: number,
    low: number,
    high: number,
    unit: number,
  ): void;
  storeStrip(rows: number, stride: number, columns: number, target: number): void;
  ringBytes(): number;
  resamplePlane(
    source: number,
    stripBytes: number,
    columns: number,
    groups: number,
    rows: number,
    height: number,
    ring: number,
    target: number,
    targetStride: number,
  ): void;
  blendBytes(first: number, second: number, into: number, bytes: number, weight: number): void;
  rampMask(thresholds: number, mask: number, bytes: number, level: number, gain: number): void;
  prepareOverlayLuma(rgba: number, width: number, luma: number, alpha: number): void;
  prepareOverlayChroma(
    upper: number,
    lower: number,
    width: number,
    firstColumn: number,
    count: number,
    u: number,
    v: number,
    alpha: number,
  ): void;
  composePlane(
    overlay: number,
    alpha: number,
    overlayStride: number,
    target: number,
    targetStride: number,
    width: number,
    height: number,
    opacity: number,
  ): void;
}

/** One instance of the kernel with its own memory. */
export interface KernelModule {
  readonly exports: KernelExports;
  readonly memory: KernelMemory;
}

/** What we use of the global `WebAssembly`: its types come only with the DOM library, which the project does not load. */
interface WebAssemblyGlobal {
  compile(bytes: Uint8Array): Promise<object>;
  instantiate(
    module: object,
    imports: object,
  ): Promise<{ exports: KernelExports & { memory: LinearMemory } }>;
}

const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyGlobal };

let compiled: Promise<object> | undefined;

/** A fresh instance; the code is read and compiled once per process. */
export async function instantiateKernel(): Promise<KernelModule> {
  compiled ??= readFile(new URL("./kernel.wasm", import.meta.url)).then((bytes) =>
    WebAssembly.compile(bytes),
  );
  const { exports } = await WebAssembly.instantiate(await compiled, {});
  return { exports, memory: new KernelMemory(exports.memory, exports.heapBase()) };
}
