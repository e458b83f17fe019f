import { describe, expect, test } from "vitest";
import type { Quality } from "../../spec/production.ts";
import { ReelburstError } from "../../support/errors.ts";
import { ENCODER_PROFILES, type EncoderRequest, encoderSettings } from "./profiles.ts";
import { encodersToTry, resolveEncoder } from "./resolve-encoder.ts";
import type { SceneContent } from "./scene-content.ts";

const QUALITIES: readonly Quality[] = ["draft", "standard", "high"];
const CONTENTS: readonly SceneContent[] = ["hardZoom", "hardPan", "softZoom", "softPan", "video"];
/** Coarser B-frames are every other frame that moves differently: zooms over hard edges alone can bear it. */
const MOST_PB_RATIO = { hardZoom: 1.8, hardPan: 1.4, softZoom: 1.1, softPan: 1.1 } as const;
const ROWS = QUALITIES.flatMap((quality) => CONTENTS.map((content) => [quality, content] as const));

function parametersOf(quality: Quality, content: SceneContent): ReadonlyMap<string, string> {
  const { options } = encoderSettings("libx264", { quality, fps: film.fps, content });
  return new Map(options["x264-params"]?.split(":").map((pair) => pair.split("=") as [string, string]));
}

const film: EncoderRequest = {
  codec: "h264",
  quality: "standard",
  width: 1920,
  height: 1080,
  fps: { num: 30, den: 1 },
};

describe("resolveEncoder", () => {
  test("h264 is x264, without trying anything", () => {
    expect(encodersToTry(film)).toEqual([]);
    const resolved = resolveEncoder(film, new Set());
    expect(resolved.settings.encoderName).toBe("libx264");
    expect(resolved.fallback).toBeNull();
  });

  test("software goes before a GPU that works too", () => {
    const resolved = resolveEncoder({ ...film, codec: "hevc" }, new Set(["hevc_nvenc", "libx265"]));
    expect(resolved.settings.encoderName).toBe("libx265");
    expect(resolved.fallback).toBeNull();
  });

  test("another encoder of the same codec is a fallback that is told", () => {
    const resolved = resolveEncoder({ ...film, codec: "av1" }, new Set(["av1_nvenc"]));
    expect(resolved.settings.codec).toBe("av1");
    expect(resolved.fallback).toMatchObject({ wanted: "libsvtav1", used: "av1_nvenc" });
  });

  test("without any encoder of the codec the film becomes h264", () => {
    const resolved = resolveEncoder({ ...film, codec: "hevc" }, new Set());
    expect(resolved.settings.codec).toBe("h264");
    expect(resolved.fallback).toMatchObject({ wanted: "libx265", used: "libx264" });
    expect(resolved.fallback?.reason).toContain("h264");
  });

  test("asked for hardware, every hardware encoder of the codec is tried and the first that works is used", () => {
    expect(encodersToTry(film, "hardware")).toEqual([
      "h264_nvenc",
      "h264_videotoolbox",
      "h264_qsv",
      "h264_vaapi",
    ]);
    const resolved = resolveEncoder(film, new Set(["h264_vaapi", "h264_qsv"]), "hardware");
    expect(resolved.settings.encoderName).toBe("h264_qsv");
    expect(resolved.fallback).toBeNull();
  });

  test("asked for hardware where none works, software encodes and the fallback is told", () => {
    const { settings, fallback } = resolveEncoder(film, new Set(), "hardware");
    expect(settings.encoderName).toBe("libx264");
    expect(fallback).toMatchObject({ used: "libx264", reason: expect.stringContaining("hardware") });
    expect(fallback?.wanted).toContain("h264_nvenc");
    const hevc = resolveEncoder({ ...film, codec: "hevc" }, new Set(["libx265"]), "hardware");
    expect(hevc.settings.encoderName).toBe("libx265");
    expect(hevc.fallback?.used).toBe("libx265");
  });

  test("a frame beyond H.264's levels is refused with the way out", () => {
    const attempt = () => resolveEncoder({ ...film, width: 16_384, height: 9216 }, new Set());
    expect(attempt).toThrow(ReelburstError);
    expect(attempt).toThrow(expect.objectContaining({ code: "ENCODER_SIZE", path: "output" }));
    expect(() => resolveEncoder({ ...film, width: 8192, height: 4320 }, new Set())).not.toThrow();
  });
});

describe("encoderSettings", () => {
  test.each(Object.keys(ENCODER_PROFILES))("%s: frozen, and higher quality is another setting", (name) => {
    const all = QUALITIES.map((quality) => encoderSettings(name, { quality, fps: film.fps }));
    expect(new Set(all.map((settings) => JSON.stringify(settings.options))).size).toBe(3);
    for (const settings of all) {
      expect(Object.isFrozen(settings)).toBe(true);
      expect(Object.isFrozen(settings.options)).toBe(true);
    }
  });

  test("a GOP outlasts the longest chunk at every rate", () => {
    for (const [num, den] of [
      [24, 1],
      [30_000, 1001],
      [60, 1],
    ] as const) {
      const { options } = encoderSettings("libx264", { quality: "standard", fps: { num, den } });
      // A chunk is at most one and a half times its aim of four seconds.
      expect(Number(options["g"])).toBeGreaterThan((6 * num) / den);
    }
  });

  // Temporal vectors and other numbers of B-frames trembled two to ten times more: docs/decisions/0020 and 0031.
  test.each(ROWS)("x264 at %s on %s keeps what makes motion smooth", (quality, content) => {
    const { options } = encoderSettings("libx264", { quality, fps: film.fps, content });
    expect(options["x264-params"]).toContain("direct=spatial");
    expect(options["x264-params"]).toContain("b-pyramid=normal");
    expect(options["bf"]).toBe("3");
  });

  // With the library's own dead zone pans over soft gradients trembled half as much again and more: docs/decisions/0031.
  test.each(ROWS.filter(([quality]) => quality !== "draft"))(
    "x264 at %s on %s keeps small residuals of stills",
    (quality, content) => {
      if (content === "video") return;
      const given = parametersOf(quality, content);
      expect(Number(given.get("deadzone-inter"))).toBeLessThanOrEqual(content === "hardZoom" ? 6 : 3);
      expect(given.get("dct-decimate")).toBe("0");
      expect(Number(given.get("pbratio"))).toBeLessThanOrEqual(MOST_PB_RATIO[content]);
    },
  );

  // An adaptive quantiser doubled the trembling of pans over gradients: docs/decisions/0034.
  test.each(QUALITIES)("x264 at %s: the quantiser of a soft pan is constant", (quality) => {
    const { options } = encoderSettings("libx264", { quality, fps: film.fps, content: "softPan" });
    expect(Number(options["qp"])).toBeGreaterThan(0);
    expect(options["crf"]).toBeUndefined();
  });

  test.each(["hardZoom", "hardPan", "softZoom"] as const)(
    "x264 on %s: the quantiser follows blocks, not frames",
    (content) => {
      const given = parametersOf("standard", content);
      expect(given.get("mbtree")).toBe("0");
      expect(Number(given.get("qcomp"))).toBeGreaterThanOrEqual(0.99);
      // At 1 exactly x264 makes I-frames no finer than the others, whatever ipratio says.
      expect(Number(given.get("qcomp"))).toBeLessThan(1);
      expect(Number(given.get("ipratio"))).toBe(2);
    },
  );

  // A draft's figure says less: its dead zone is the library's own, so it throws away more at the same quantiser.
  test.each(CONTENTS)("x264's quantiser at high is finer than at standard: %s", (content) => {
    const [standard, high] = (["standard", "high"] as const).map((quality) => {
      const { options } = encoderSettings("libx264", { quality, fps: film.fps, content });
      return Number(options["crf"] ?? options["qp"]);
    });
    expect(high).toBeGreaterThan(0);
    expect(high).toBeLessThan(standard as number);
  });

  test("an encoder without a profile is a mistake of ours", () => {
    expect(() => encoderSettings("libvpx", { quality: "draft", fps: film.fps })).toThrow(RangeError);
  });
});
