/** What holds for every importer. */
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseProduction } from "../parse.ts";
import { IMPORTERS, type ImportFormat } from "./importers.ts";
import { SAMPLES } from "./testing/samples.ts";

const IMPORT_FORMATS = Object.keys(IMPORTERS) as ImportFormat[];
const NO_ASSETS = { assets: null };

/** Keys and words of the formats, so that chance gets beyond the first `undefined`. */
const WORDS = [
  ..."timeline tracks clips asset type src start length fit effect transition in out output size width height merge find replace".split(
    " ",
  ),
  ..."scenes elements duration zoom pan condition variables settings layers path cutFrom cutTo mixVolume defaults layer config text searchTerms".split(
    " ",
  ),
];
const VALUES = [
  "auto",
  "end",
  "image",
  "video",
  "audio",
  "caption",
  "text",
  "title",
  "voice",
  "subtitles",
  "fade",
  "a.jpg",
  "https://x/%2e%2e/b.mp4",
  "{{x}}",
  -1,
  0,
  3,
  1e308,
  true,
  null,
];
const { tree: anyDocument } = fc.letrec((tie) => ({
  tree: fc.oneof(
    { maxDepth: 7, depthSize: "large" },
    fc.constantFrom(...VALUES),
    fc.jsonValue(),
    fc.array(tie("tree"), { maxLength: 4 }),
    fc.dictionary(
      fc.oneof({ weight: 9, arbitrary: fc.constantFrom(...WORDS) }, { weight: 1, arbitrary: fc.string() }),
      tie("tree"),
      { maxKeys: 6 },
    ),
  ),
}));

describe.each(IMPORT_FORMATS)("%s", (format) => {
  const read = (document: unknown) => IMPORTERS[format].read(document, NO_ASSETS);

  it("reads any JSON without throwing, and so does the parser of what it makes", () => {
    fc.assert(
      fc.property(anyDocument, (document) => {
        const { input, issues, unmapped } = read(document);
        parseProduction(input, { baseDirectory: "/films" });
        if (input.scenes.length === 0) expect(issues.length).toBeGreaterThan(0);
        // A key or a text of the document's own may be called so.
        if (/undefined|NaN/.test(JSON.stringify(document))) return;
        for (const { path, message } of [...issues, ...unmapped])
          expect(`${path} ${message}`).not.toMatch(/undefined|NaN/);
      }),
      { numRuns: 300 },
    );
  });

  it("reads its own document with any part replaced without throwing", () => {
    const sample = SAMPLES[format];
    const places = placesIn(sample);
    fc.assert(
      fc.property(fc.constantFrom(...places), anyDocument, (place, value) => {
        const { input } = read(replaced(sample, place, value));
        parseProduction(input, { baseDirectory: "/films" });
      }),
      { numRuns: 300 },
    );
  });

  it("changes nothing in the document", () => {
    const sample = structuredClone(SAMPLES[format]);
    read(sample);
    expect(sample).toEqual(SAMPLES[format]);
  });

  it("lists a key that it does not know, wherever it stands", () => {
    const sample = SAMPLES[format];
    const objects = [[], ...placesIn(sample)].filter(
      (place) => isSpoken(format, place) && isObject(valueAt(sample, place)),
    );
    expect(objects.length).toBeGreaterThan(2);
    const dropped = read(sample).unmapped.map(({ path }) => path);
    for (const place of objects) {
      const { unmapped } = read(replaced(sample, [...place, "xyzzy"], 1));
      const path = formatted([...place, "xyzzy"]);
      const isListed = unmapped.some((loss) => loss.path === path);
      expect([path, isListed || dropped.some((whole) => path.startsWith(whole))]).toEqual([path, true]);
    }
  });
});

/** Fields whose keys are the user's own. */
function isSpoken(format: ImportFormat, place: readonly PropertyKey[]): boolean {
  return !(format === "shotstack" && place[0] === "merge") && place.at(-1) !== "variables";
}

function placesIn(value: unknown, at: PropertyKey[] = []): PropertyKey[][] {
  if (typeof value !== "object" || value === null) return at.length === 0 ? [] : [at];
  const entries: [PropertyKey, unknown][] = Array.isArray(value)
    ? [...value.entries()]
    : Object.entries(value);
  return [
    ...(at.length === 0 ? [] : [at]),
    ...entries.flatMap(([key, child]) => placesIn(child, [...at, key])),
  ];
}

function valueAt(value: unknown, place: readonly PropertyKey[]): unknown {
  return place.reduce((owner, key) => (owner as Record<PropertyKey, unknown>)[key], value);
}

function isObject(value: unknown): boolean {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function replaced(document: unknown, place: readonly PropertyKey[], value: unknown): unknown {
  const copy = structuredClone(document);
  const owner = valueAt(copy, place.slice(0, -1)) as Record<PropertyKey, unknown>;
  owner[place.at(-1) as PropertyKey] = value;
  return copy;
}

function formatted(place: readonly PropertyKey[]): string {
  return place
    .map((key) => (typeof key === "number" ? `[${key}]` : `.${String(key)}`))
    .join("")
    .replace(/^\./, "");
}
