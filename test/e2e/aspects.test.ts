import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parseProduction } from "../../src/spec/parse.ts";
import { paint } from "../fixtures/synthetic-pictures.ts";
import { type DecodedFilm, decodeFilm } from "./support/decoded-film.ts";
import { difference, ink } from "./support/measure.ts";
import { Studio } from "./support/studio.ts";

/** By name: frame size, and where a caption's lowest pixel may stand as a share of the height. */
const SHAPES = [
  ["16:9", 640, 360, 0.975],
  ["9:16", 360, 640, 0.7],
  ["1:1", 400, 400, 0.975],
  ["4:5", 400, 500, 0.975],
] as const;
const PICTURES = ["wide", "tall", "square", "very-wide"] as const;
const FITS = ["cover", "contain"] as const;
const FRAMES = 12;

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  const sizes = { wide: [900, 500], tall: [500, 900], square: [600, 600], "very-wide": [2000, 500] } as const;
  for (const [name, [width, height]] of Object.entries(sizes)) {
    const disc = paint(width, height, (x, y) =>
      Math.hypot(x - width / 2, y - height / 2) < 100 ? [20, 20, 20] : [235, 235, 235],
    );
    await studio.picture(`${name}.png`, disc);
  }
  await studio.write(
    "c.srt",
    "1\n00:00:00,500 --> 00:00:01,200\nA caption of some length that has to be broken into two lines here\n",
  );
});
afterAll(() => studio.close());

describe.each(SHAPES)("%s", (_name, width, height, lowest) => {
  let film: DecodedFilm;
  const scenes = PICTURES.flatMap((picture) => FITS.map((fit) => ({ picture, fit })));

  beforeAll(async () => {
    const { output } = await studio.render(
      {
        output: { width, height, fps: 10, quality: "standard" },
        defaults: { motion: "none", transition: "none" },
        scenes: [
          ...scenes.map(({ picture, fit }) => ({
            image: { src: `${picture}.png`, fit, background: "#ebebeb" },
            duration: 0.2,
          })),
          { image: { src: "wide.png", background: "#ebebeb" }, duration: FRAMES / 10, subtitles: "c.srt" },
        ],
      },
      { slots: 2 },
    );
    film = decodeFilm(output);
  });

  test("a circle stays a circle, whatever the picture's shape", () => {
    expect([film.width, film.height]).toEqual([width, height]);
    for (const [index, { picture, fit }] of scenes.entries()) {
      const frame = film.frames[index * 2 + 1] as DecodedFilm["frames"][0];
      const { bounds } = ink(film, (at) => (frame.y[at] as number) < 125);
      if (bounds === null) throw new Error(`${picture} ${fit}: no disc`);
      expect(
        Math.abs(bounds.width - bounds.height),
        `${picture} ${fit}: ${bounds.width} x ${bounds.height}`,
      ).toBeLessThanOrEqual(Math.max(2, bounds.width * 0.015));
      expect(bounds.width, `${picture} ${fit}`).toBeGreaterThan(30);
      // Focus is found, not given: along the cropped axis the disc may stand beside the middle, never cut.
      expect(bounds.x).toBeGreaterThan(0);
      expect(bounds.y).toBeGreaterThan(0);
      expect(bounds.x + bounds.width).toBeLessThan(width);
      expect(bounds.y + bounds.height).toBeLessThan(height);
    }
  });

  test("captions stand inside the safe area of this shape", () => {
    const start = scenes.length * 2;
    // Not against the keyframe: it draws the disc's edge a little otherwise.
    const [bare, shown] = [film.frames[start + 4], film.frames[start + 8]] as [
      DecodedFilm["frames"][0],
      DecodedFilm["frames"][0],
    ];
    const { bounds } = difference(shown, bare, film, 40);
    if (bounds === null) throw new Error("no caption");
    expect(bounds.x).toBeGreaterThanOrEqual(0.04 * width);
    expect(bounds.x + bounds.width).toBeLessThanOrEqual(0.96 * width);
    expect(bounds.y).toBeGreaterThan(height / 2);
    expect(bounds.y + bounds.height).toBeLessThanOrEqual(lowest * height);
  });
});

test("9:16 at 1080p is 1080 x 1920", () => {
  const { production } = parseProduction(
    {
      version: 1,
      output: { aspect: "9:16", resolution: "1080p" },
      scenes: [{ image: "a.png", duration: 1 }],
    },
    { baseDirectory: studio.folder },
  );
  expect(production?.output).toMatchObject({ width: 1080, height: 1920 });
});
