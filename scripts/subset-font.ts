/** A font with some of its letters only, by HarfBuzz's subsetter (WebAssembly): what the console loads. */
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

interface HarfBuzz {
  readonly memory: { readonly buffer: ArrayBuffer };
  malloc(bytes: number): number;
  hb_blob_create(data: number, length: number, mode: number, userData: number, destroy: number): number;
  hb_blob_get_length(blob: number): number;
  hb_blob_get_data(blob: number, length: number): number;
  hb_face_create(blob: number, index: number): number;
  hb_face_reference_blob(face: number): number;
  hb_set_add(set: number, value: number): void;
  hb_set_clear(set: number): void;
  hb_subset_input_create_or_fail(): number;
  hb_subset_input_unicode_set(input: number): number;
  hb_subset_input_set(input: number, which: number): number;
  hb_subset_or_fail(face: number, input: number): number;
}

/** Its types come only with the DOM library, which the project does not load. */
const { WebAssembly } = globalThis as unknown as {
  WebAssembly: {
    instantiate(bytes: Uint8Array): Promise<{ instance: { readonly exports: Record<string, unknown> } }>;
  };
};

/** Kerning, accents, and figures of equal width for what counts up before one's eyes. */
const FEATURES = ["kern", "ccmp", "mark", "locl", "tnum"];
const LAYOUT_FEATURES = 6;
const WRITABLE = 2;

/** @param ranges code points, both ends included @returns a TrueType file */
export async function subsetFont(
  font: string,
  ranges: readonly (readonly [number, number])[],
): Promise<Uint8Array> {
  const folder = path.dirname(createRequire(import.meta.url).resolve("harfbuzzjs"));
  const { instance } = await WebAssembly.instantiate(
    await readFile(path.join(folder, "harfbuzz-subset.wasm")),
  );
  const hb = instance.exports as unknown as HarfBuzz;
  (instance.exports["_initialize"] as () => void)();
  const bytes = await readFile(font);
  const data = hb.malloc(bytes.length);
  new Uint8Array(hb.memory.buffer, data, bytes.length).set(bytes);
  const face = hb.hb_face_create(hb.hb_blob_create(data, bytes.length, WRITABLE, 0, 0), 0);
  const input = hb.hb_subset_input_create_or_fail();
  const letters = hb.hb_subset_input_unicode_set(input);
  for (const [first, last] of ranges)
    for (let letter = first; letter <= last; letter++) hb.hb_set_add(letters, letter);
  const features = hb.hb_subset_input_set(input, LAYOUT_FEATURES);
  hb.hb_set_clear(features);
  for (const feature of FEATURES) hb.hb_set_add(features, Buffer.from(feature, "latin1").readUInt32BE(0));
  const subset = hb.hb_subset_or_fail(face, input);
  if (subset === 0) throw new Error(`${path.basename(font)} can't be subset`);
  const blob = hb.hb_face_reference_blob(subset);
  const length = hb.hb_blob_get_length(blob);
  return new Uint8Array(hb.memory.buffer, hb.hb_blob_get_data(blob, 0), length).slice();
}
