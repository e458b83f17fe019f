import path from "node:path";
import { describe, expect, test } from "vitest";
import type { PlanReport } from "../../app.ts";
import { ProductionProblems } from "../../produce/problems.ts";
import { ReelburstError } from "../../support/errors.ts";
import { runCli } from "../program.ts";
import { jsonLines } from "../testing/fake-app.ts";
import { fakeContext } from "../testing/fake-context.ts";
import { writeProduction } from "../testing/small-production.ts";
import { useTempFolder } from "../testing/temp-folder.ts";
import { VirtualTerminal } from "../testing/virtual-terminal.ts";

const folder = useTempFolder();

describe("plan", () => {
  const report: PlanReport = {
    title: null,
    width: 1920,
    height: 1080,
    fps: 30,
    frames: 240,
    framesToRender: 180,
    seconds: 8,
    encoder: "libx264",
    slots: 2,
    chunks: { total: 4, cached: 1 },
    scenes: [
      {
        id: `场景${"长".repeat(40)}`,
        startSeconds: 62.34,
        seconds: 8,
        frames: 240,
        chunks: 4,
        cachedChunks: 1,
        motion: "zoomIn",
        captions: 3,
        transition: "fade 0.5 s",
      },
    ],
    predictedSeconds: 4.2,
    predictedBasis: "61 fps measured on this machine",
    notices: [],
  };

  test("a table within 80 columns", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const terminal = new VirtualTerminal(80);
    expect(
      await runCli(["plan", "demo"], {
        ...fakeContext(folder.path, { plan: async () => report }),
        stdout: terminal,
      }),
    ).toBe(0);
    const lines = terminal.lines();
    expect(lines[0]).toBe("demo   1920x1080, 30 fps, 0:08");
    expect(lines[2]).toMatch(/^scene +start +length +frames +cached +motion +captions +transition$/);
    expect(lines[3]).toMatch(/^场景长+… +1:02\.3 +8\.0 s +240 +1 of 4 +zoomIn +3 +fade 0\.5 s$/);
    expect(lines.at(-1)).toBe("time: about 4.2 s (61 fps measured on this machine)");
  });

  test("says every problem of the inputs", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const plan = () =>
      Promise.reject(
        new ProductionProblems([
          new ReelburstError("IMAGE_UNREADABLE", "No picture.", { path: "scenes[0].image.src" }),
          new ReelburstError("AUDIO_NO_STREAM", "No sound.", { path: "scenes[1].audio.src" }),
        ]),
      );
    const context = fakeContext(folder.path, { plan });
    expect(await runCli(["plan", "demo"], context)).toBe(3);
    expect(context.stderr.lines()).toEqual([
      "2 problems",
      "IMAGE_UNREADABLE: No picture.",
      "  at scenes[0].image.src",
      "AUDIO_NO_STREAM: No sound.",
      "  at scenes[1].audio.src",
    ]);
  });

  test("as JSON", async () => {
    await writeProduction(path.join(folder.path, "demo"), ["s1"]);
    const context = fakeContext(folder.path, { plan: async () => report });
    expect(await runCli(["plan", "demo", "--json"], context)).toBe(0);
    expect(jsonLines(context)).toEqual([{ ...report, issues: [] }]);
  });
});
