import { afterAll, beforeAll, expect, test } from "vitest";
import { noise } from "../fixtures/wav.ts";
import { Studio } from "./support/studio.ts";

let studio: Studio;

beforeAll(async () => {
  studio = await Studio.open();
  await studio.flat("p.png", [90, 120, 60]);
});
afterAll(() => studio.close());

test("the sound gets the bit rate that was asked for", async () => {
  await studio.wav("n.wav", noise(48_000, 2, 4 * 48_000, 0.3, 1));
  const film = (audioBitrate: number) =>
    studio.render(
      { output: { audioBitrate }, scenes: [{ image: "p.png", audio: "n.wav", motion: "none" }] },
      { cache: "cache" },
    );
  const [low, high] = [await film(64), await film(256)];
  // Noise uses what it is given: 192 kbit/s more for as long as the film lasts.
  const more = ((192_000 / 8) * low.result.seconds) / (high.result.sizeBytes - low.result.sizeBytes);
  expect(more).toBeGreaterThan(0.8);
  expect(more).toBeLessThan(1.25);
});

test("a film longer than its preset is for is made, and that is said", async () => {
  const { result, events } = await studio.render({
    output: { preset: "shorts", width: 90, height: 160, fps: 1 },
    scenes: [{ image: "p.png", duration: 62, motion: "none" }],
  });
  expect(result.frames).toBe(62);
  expect(result.notices.map(({ code }) => code)).toEqual(["PRESET_EXCEEDED"]);
  expect(events.some((event) => event.type === "notice" && event.notice.code === "PRESET_EXCEEDED")).toBe(
    true,
  );
});
