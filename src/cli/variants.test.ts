import { expect, test } from "vitest";
import { aProduction } from "../../test/fixtures/productions.ts";
import { applyFlags } from "./variants.ts";

const production = aProduction();
const wide = { ...production, output: { ...production.output, quality: "high" as const, audioBitrate: 320 } };

test("--preset makes it a film of that kind, under a name of its own", () => {
  const { production: changed, variant } = applyFlags(wide, { preset: "shorts" });
  expect(changed.output).toMatchObject({
    width: 1080,
    height: 1920,
    quality: "standard",
    audioBitrate: 128,
    preset: "shorts",
  });
  expect(variant).toEqual(["shorts"]);
});

test("--quality and --preview win over --preset", () => {
  expect(applyFlags(wide, { preset: "long", quality: "draft" }).production.output).toMatchObject({
    quality: "draft",
    audioBitrate: 256,
  });
  const small = applyFlags(wide, { preset: "shorts", preview: true, only: "s1" });
  expect(small.production.output).toMatchObject({ width: 360, height: 640, quality: "draft" });
  expect(small.variant).toEqual(["s1", "shorts", "preview"]);
});
