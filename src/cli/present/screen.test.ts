import { describe, expect, test } from "vitest";
import { fakeResult } from "../testing/fake-context.ts";
import { openScreen, planned, RENDERING, scene } from "../testing/screen-player.ts";
import { VirtualTerminal } from "../testing/virtual-terminal.ts";
import { displayWidth } from "../text/display-width.ts";

describe("screen", () => {
  test("while rendering: title, total, a line for each scene at work", () => {
    const terminal = new VirtualTerminal();
    const { play, wait } = openScreen(terminal);
    play({ type: "state", state: "fetching" }, planned(["s1", "s2", "场景三"]), RENDERING);
    play(scene("s1", 240, { status: "done" }), scene("s2", 0), scene("场景三", 0, { attempt: 2 }));
    wait(2000);
    play(scene("s2", 60), {
      type: "progress",
      framesRendered: 360,
      framesTotal: 720,
      fps: 61.24,
      etaSeconds: 17,
    });
    const lines = terminal.lines();
    expect(lines).toHaveLength(5);
    expect(lines[0]).toBe("The harbour at night   1920x1080, 30 fps, 0:24");
    expect(lines[1]).toMatch(/^━+╸?─+ {3}50 % {2}360\/720 frames {3}61\.2 fps {3}0:17 left$/);
    expect(lines[2]).toBe("rendering, 1 of 3 scenes done, 3 of 6 chunks cached, 2 slots");
    expect(lines[3]).toMatch(/^ {2}s2 {6}━+╸?─+ {3}60\/240 frames {3}27\.3 fps$/);
    expect(lines[4]).toMatch(/^ {2}场景三 {2}─+ {4}0\/240 frames {2}attempt 2$/);
    expect(lines.every((line) => displayWidth(line) <= 79)).toBe(true);
  });

  test("redraws in place: nothing of earlier frames stays", () => {
    const terminal = new VirtualTerminal();
    const { play } = openScreen(terminal);
    play(
      planned(["s1", "s2"]),
      RENDERING,
      scene("s1", 10),
      scene("s2", 10),
      scene("s2", 240, { status: "done" }),
    );
    expect(terminal.lines()).toHaveLength(4);
    expect(terminal.raw.split("The harbour at night").length - 1).toBeGreaterThan(3);
    expect(terminal.lines().filter((line) => line.includes("harbour"))).toHaveLength(1);
  });

  test("a line that became shorter leaves nothing of its longer self", () => {
    const terminal = new VirtualTerminal();
    const { play } = openScreen(terminal);
    play(
      { type: "state", state: "fetching" },
      { type: "fetched", done: 1, total: 1, name: "scene_with_a_long_name" },
    );
    expect(terminal.lines()[2]).toBe("fetching, scene_with_a_long_name");
    play({ type: "state", state: "planning" });
    expect(terminal.lines()[2]).toBe("planning");
  });

  test("at the end: stages with their shares, the film, notices once", () => {
    const terminal = new VirtualTerminal();
    const { play, wait, isTicking } = openScreen(terminal);
    const notice = {
      code: "AUDIO_SILENT",
      message: "s1: the narration is silent.",
      path: "scenes[0].audio.src",
      hint: "Check it.",
    };
    play(planned(["s1"]), RENDERING, { type: "notice", notice }, scene("s1", 240));
    wait(9500);
    play({ type: "succeeded", result: fakeResult({ notices: [notice] }) });
    const lines = terminal.lines();
    expect(lines[1]).toMatch(/^━+ {2}100 % {2}240\/240 frames$/);
    expect(lines.slice(3)).toEqual([
      "",
      "stage       seconds  share",
      "fetching        0.5    5 %",
      "rendering       9.0   90 %",
      "assembling      0.5    5 %",
      "total          10.0",
      "",
      "0:20 at 1920x1080, 12.3 MB, libx264, -16.0 LUFS, peak -1.5 dB",
      "600 frames in 10.0 s (2.0x real time), 2 slots, 2 of 8 chunks cached,",
      "memory 400.0 MB",
      "AUDIO_SILENT: s1: the narration is silent.",
      "  at scenes[0].audio.src",
      "  Check it.",
    ]);
    expect(isTicking()).toBe(false);
  });

  test("says which scenes were skipped and why", () => {
    const terminal = new VirtualTerminal();
    const error = { code: "IMAGE_UNREADABLE", message: "The picture is damaged.", retryable: false };
    const skipped = {
      id: "s2",
      status: "skipped",
      error,
      startSeconds: null,
      seconds: 0,
      attempts: 3,
      cached: false,
      renderSeconds: 0,
      file: null,
    } as const;
    openScreen(terminal, { detail: "brief" }).play(planned(["s1", "s2"]), {
      type: "succeeded",
      result: fakeResult({ scenes: [skipped] }),
    });
    expect(terminal.lines()).toContain("s2 was skipped: The picture is damaged.");
    expect(terminal.raw).not.toContain("share");
  });

  test("stopping is said at once and the last frame says canceled", () => {
    const terminal = new VirtualTerminal();
    const { presenter, play } = openScreen(terminal);
    play(planned(["s1"]), RENDERING, scene("s1", 12));
    presenter.stopping();
    expect(terminal.lines()[2]).toMatch(/^Stopping…; finished chunks are kept, 0 of 1 scene done/);
    play({
      type: "failed",
      error: { code: "ABORTED", message: "Stopped on request.", retryable: false },
      problems: [],
    });
    expect(terminal.lines()[2]).toMatch(/^canceled, /);
  });

  test("a film planned again counts the scenes it lost", () => {
    const terminal = new VirtualTerminal();
    openScreen(terminal).play(
      planned(["s1", "s2"]),
      RENDERING,
      scene("s1", 240, { status: "done" }),
      scene("s2", 9),
      planned(["s1"]),
    );
    expect(terminal.lines()).toHaveLength(3);
    expect(terminal.lines()[2]).toBe("rendering, 1 of 1 scene done, 1 failed, 3 of 2 chunks cached, 2 slots");
  });

  test("draws nothing after it was closed", () => {
    const terminal = new VirtualTerminal();
    const { presenter, play, isTicking } = openScreen(terminal);
    presenter.close();
    const before = terminal.raw;
    play(RENDERING, planned(["s1"]));
    presenter.stopping();
    expect(terminal.raw).toBe(before);
    expect(isTicking()).toBe(false);
  });
});
