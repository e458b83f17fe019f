import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Direction } from "../../src/spec/production.ts";
import type { SceneInput } from "../../src/spec/schema-scene.ts";
import { paint } from "../fixtures/synthetic-pictures.ts";
import { type DecodedFilm, type DecodedFrame, decodeFilm } from "./support/decoded-film.ts";
import { colourDistance, meanRgb } from "./support/measure.ts";
import { type Rendered, type Rgb, Studio } from "./support/studio.ts";

/** One film with every transition, one after the other; a cut every second, at 20 frames a second. */
const FPS = 20;
const SECOND = FPS;
const WIDTH = 320;
const HEIGHT = 180;
/** Frames of a transition, half of them on either side of its cut. */
const LENGTH = 10;

const RED: Rgb = [190, 60, 50];
const GREEN: Rgb = [60, 150, 70];
const BLUE: Rgb = [50, 70, 190];
const SAND: Rgb = [200, 180, 120];

type Transition = SceneInput["transition"];
const moving = (["slide", "push", "wipe"] as const).flatMap((type) =>
  (["left", "right", "up", "down"] as const).map((direction) => ({ type, direction })),
);
const TRANSITIONS = [...moving, { type: "dissolve" as const }];

let studio: Studio;
let rendered: Rendered;
let film: DecodedFilm;

/** Four fields, so that what moved can be told from what stands: top left, top right, bottom left, bottom right. */
const EARLIER: readonly Rgb[] = [RED, GREEN, GREEN, RED];
const LATER: readonly Rgb[] = [BLUE, SAND, SAND, BLUE];
const fieldOf = (fields: readonly Rgb[], x: number, y: number): Rgb =>
  fields[(y < HEIGHT / 2 ? 0 : 2) + (x < WIDTH / 2 ? 0 : 1)] as Rgb;

beforeAll(async () => {
  studio = await Studio.open();
  for (const [name, fields] of [
    ["even.png", EARLIER],
    ["odd.png", LATER],
  ] as const) {
    await studio.picture(
      name,
      paint(WIDTH, HEIGHT, (x, y) => fieldOf(fields, x, y)),
    );
  }
  rendered = await studio.render(
    {
      output: { width: WIDTH, height: HEIGHT, fps: FPS, quality: "standard" },
      defaults: { motion: "none", duration: 1 },
      scenes: [...TRANSITIONS, undefined].map((transition, index) => ({
        image: index % 2 === 0 ? "even.png" : "odd.png",
        transition: (transition === undefined
          ? "none"
          : { ...transition, duration: LENGTH / FPS }) as NonNullable<Transition>,
      })),
    },
    { slots: 2 },
  );
  film = decodeFilm(rendered.output);
});
afterAll(() => studio.close());

/** The frame that stands `offset` frames behind the first one of the scene after transition `index`. */
function frameAt(index: number, offset: number): DecodedFrame {
  return film.frames[(index + 1) * SECOND + offset] as DecodedFrame;
}

function colourAt(frame: DecodedFrame, x: number, y: number): Rgb {
  return meanRgb(frame, film, { x: x - 4, y: y - 4, width: 8, height: 8 });
}

function pictures(index: number): { earlier: readonly Rgb[]; later: readonly Rgb[] } {
  return index % 2 === 0 ? { earlier: EARLIER, later: LATER } : { earlier: LATER, later: EARLIER };
}

/** By hand: how far things have come at the frame `offset`. */
function movedAt(offset: number): number {
  const t = (offset + LENGTH / 2 + 0.5) / LENGTH;
  return t * t * (3 - 2 * t);
}

/** The point of the frame that lies `at` pixels along the direction's way and half-way between two fields across it. */
function pointOn(direction: Direction, at: number, across: number): { x: number; y: number } {
  switch (direction) {
    case "right":
      return { x: at, y: across };
    case "left":
      return { x: WIDTH - at, y: across };
    case "down":
      return { x: across, y: at };
    case "up":
      return { x: across, y: HEIGHT - at };
  }
}

const sideOf = (direction: Direction): number =>
  direction === "left" || direction === "right" ? WIDTH : HEIGHT;
/** Away from the border between two fields, where neither is pure. */
const isPure = (place: number, side: number): boolean => Math.abs(place - side / 2) > 10;

describe.each(TRANSITIONS.map((transition, index) => ({ ...transition, index })))(
  "$type $direction",
  ({ type, index, ...rest }) => {
    test("leaves the pictures whole before it begins and after it has ended", () => {
      const { earlier, later } = pictures(index);
      for (const [offset, fields] of [
        [-LENGTH / 2 - 1, earlier],
        [LENGTH / 2, later],
      ] as const) {
        for (const x of [8, 100, 220, WIDTH - 8])
          for (const y of [8, 60, 130, HEIGHT - 8])
            expect(
              colourDistance(colourAt(frameAt(index, offset), x, y), fieldOf(fields, x, y)),
              `frame ${offset} at ${x},${y}`,
            ).toBeLessThan(8);
      }
    });

    if (type === "dissolve") {
      test("shows either picture in patches, more and more of the later one", () => {
        const { earlier, later } = pictures(index);
        const shares = Array.from({ length: LENGTH }, (_, n) => n - LENGTH / 2).map((offset) => {
          const frame = frameAt(index, offset);
          let [pure, sum, count] = [0, 0, 0];
          for (let y = 6; y < HEIGHT - 6; y += 8) {
            for (let x = 6; x < WIDTH - 6; x += 8) {
              if (!isPure(x, WIDTH) || !isPure(y, HEIGHT)) continue;
              const colour = colourAt(frame, x, y);
              const away = colourDistance(colour, fieldOf(earlier, x, y));
              const whole = colourDistance(fieldOf(later, x, y), fieldOf(earlier, x, y));
              const share = Math.min(1, away / whole);
              if (share < 0.1 || share > 0.9) pure++;
              sum += share;
              count++;
            }
          }
          return { mean: sum / count, pure: pure / count };
        });
        const means = shares.map(({ mean }) => mean);
        // A patch takes a third of the time to become solid, and as many begin in each moment of the rest.
        for (const [n, mean] of means.entries()) {
          const level = (1.5 * (n + 0.5)) / LENGTH;
          const planned = level < 0.5 ? level ** 2 : level < 1 ? level - 0.25 : 1 - (1.5 - level) ** 2;
          expect(Math.abs(mean - planned), `${means}`).toBeLessThan(0.04);
        }
        // A cross-fade would have no pure pixel at all half-way.
        expect(shares[LENGTH / 2]?.pure).toBeGreaterThan(0.3);
      });
      return;
    }

    const direction = (rest as { direction: Direction }).direction;
    test.each([-4, -2, 0, 2, 3])("has come as far as planned at frame %d, the right way", (offset) => {
      const { earlier, later } = pictures(index);
      const side = sideOf(direction);
      const reached = movedAt(offset) * side;
      const across = direction === "left" || direction === "right" ? HEIGHT : WIDTH;
      // The wipe's edge is soft: 7 % of the side, which it also travels further.
      const margin = type === "wipe" ? 0.07 * side + 6 : 8;
      let [seenLater, seenEarlier] = [0, 0];
      for (let at = 6; at < side - 5; at += 6) {
        for (const beside of [0.25 * across, 0.75 * across]) {
          const here = pointOn(direction, at, beside);
          // A picture that moves shows what lies that much further back on its own way.
          const isLater = at < reached;
          if (Math.abs(at - reached) < margin) continue;
          const from =
            type === "wipe" || (type === "slide" && !isLater)
              ? at
              : isLater
                ? at + side - reached
                : at - reached;
          const there = pointOn(direction, from, beside);
          if (!isPure(from, side)) continue;
          const expected = fieldOf(isLater ? later : earlier, there.x, there.y);
          expect(
            colourDistance(
              colourAt(frameAt(index, offset), Math.round(here.x), Math.round(here.y)),
              expected,
            ),
            `at ${Math.round(here.x)},${Math.round(here.y)} with the edge at ${reached}`,
          ).toBeLessThan(14);
          if (isLater) seenLater++;
          else seenEarlier++;
        }
      }
      expect(seenLater + seenEarlier).toBeGreaterThan(12);
      if (offset === 0) expect(Math.min(seenLater, seenEarlier)).toBeGreaterThan(6);
    });
  },
);

test("transitions take no time of their own", () => {
  expect(film.frames).toHaveLength((TRANSITIONS.length + 1) * SECOND);
});
