import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { contentOfStill } from "../../encode/scene-content.ts";
import { probeImage } from "./probe-image.ts";

const still = { x: 0.5, y: 0.5, scale: 1 };
const path = { from: still, to: still, easing: "linear" } as const;
const shipped = (name: string) => fileURLToPath(new URL(`../../../../${name}`, import.meta.url));

test.each([
  ["bench/pictures/photograph.jpg", "softPan"],
  ["bench/pictures/illustration.jpg", "hardPan"],
  ["bench/pictures/screenshot.png", "hardPan"],
  ["bench/pictures/slide.png", "hardPan"],
  ["examples/demo/pictures/gold.jpg", "softPan"],
  ["examples/demo/pictures/harbour.jpg", "hardPan"],
])("what is in %s: %s", async (file, content) => {
  const { hardEdges } = await probeImage({ path: shipped(file) });
  expect(contentOfStill(hardEdges, path)).toBe(content);
  // Far enough from the bound that no other version of the picture library tips it.
  expect(Math.abs(hardEdges - 0.034)).toBeGreaterThan(0.002);
});
