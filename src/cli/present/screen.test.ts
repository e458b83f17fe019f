import { describe, expect, test } from "vitest";
import type { ProductionEvent } from "../../produce/events.ts";
import { fakeResult } from "../testing/fake-context.ts";
import { VirtualTerminal } from "../testing/virtual-terminal.ts";
import { displayWidth } from "../text/display-width.ts";
import type { Heading } from "./presenter.ts";
import { createScreen } from "./screen.ts";
import { createStyle } from "./style.ts";

const HEADING: Heading = { title: "The harbour at night", width: 1920, height: 1080, fps: 30 };

function open(
  terminal: VirtualTerminal,
  { heading = HEADING, color = false, detail = "full" as "full" | "brief" } = {},
) {
  let nowMs = 0;
  let tick = (): void => {};
  let isTicking = false;
  const presenter = createScreen(heading, {
    stream: terminal,
    style: createStyle(color),
    now: () => nowMs,
    every: (_milliseconds, callback) => {
      isTicking = true;
      tick = callback;
      return () => {
        isTicking = false;
      };
    },
    detail,
    keepsChunks: true,
  });
  return {
    presenter,
    /** Plays events a tenth of a second apart, with a redraw after each. */
    play: (...events: ProductionEvent[]) => {
      for (const event of events) {
        nowMs += 100;
        presenter.event(event);
        tick();
      }
    },
    wait: (milliseconds: number) => {
      nowMs += milliseconds;
    },
    isTicking: () => isTicking,
  };
}

function planned(ids: readonly string[], framesEach = 240): ProductionEvent {
  const scenes = ids.map((id) => ({ id, frames: framesEach, seconds: framesEach / 30, chunks: 2 }));
  const totalFrames = ids.length * framesEach;
  return {
    type: "planned",
    totalFrames,
    seconds: totalFrames / 30,
    chunks: ids.length * 2,
    cachedChunks: 3,
    slots: 2,
    scenes,
  };
}

function scene(
  id: string,
  framesRendered: number,
  changes: Partial<Extract<ProductionEvent, { type: "scene" }>> = {},
): ProductionEvent {
  return {
    type: "scene",
    id,
    status: "active",
    framesRendered,
    framesTotal: 240,
    attempt: 1,
    cached: false,
    ...changes,
  };
}

const RENDERING: ProductionEvent = { type: "state", state: "rendering" };

describe("screen", () => {
  test("while rendering: title, total, a line for each scene at work", () => {
    const terminal = new VirtualTerminal();
    const { play, wait } = open(terminal);
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
    const { play } = open(terminal);
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

  test("shows at most twelve scenes, and no more than the terminal has lines", () => {
    const ids = Array.from({ length: 40 }, (_, index) => `scene_${index}`);
    const tall = new VirtualTerminal(80, 50);
    open(tall).play(planned(ids), RENDERING, ...ids.map((id) => scene(id, 1)));
    expect(tall.lines()).toHaveLength(3 + 12 + 1);
    expect(tall.lines().at(-1)).toBe("  and 28 more");
    const low = new VirtualTerminal(80, 8);
    open(low).play(planned(ids), RENDERING, ...ids.map((id) => scene(id, 1)));
    expect(low.lines().length).toBeLessThan(8);
    const tiny = new VirtualTerminal(80, 2);
    open(tiny).play(planned(ids), RENDERING, ...ids.map((id) => scene(id, 1)));
    expect(tiny.lines()).toHaveLength(1);
  });

  test.each([20, 30, 40, 60, 80, 200])("fits into %d columns, whatever the names", (columns) => {
    const terminal = new VirtualTerminal(columns);
    const long = "非常长的场景名称".repeat(20);
    const { play, wait } = open(terminal, { heading: { ...HEADING, title: long } });
    play(
      { type: "fetched", done: 1, total: 2, name: long },
      planned([long, "s2"], 240_000),
      RENDERING,
      scene(long, 0),
      scene("s2", 0),
    );
    wait(1000);
    play(scene(long, 200_000, { attempt: 3, framesTotal: 240_000 }));
    play({
      type: "progress",
      framesRendered: 200_000,
      framesTotal: 480_000,
      fps: 1234.5,
      etaSeconds: 86_399,
    });
    // The terminal itself throws at a line that is too wide.
    expect(terminal.lines().length).toBeGreaterThanOrEqual(5);
    play({
      type: "succeeded",
      result: fakeResult({ notices: [{ code: "AUDIO_SILENT", message: long, path: long, hint: long }] }),
    });
    expect(terminal.lines().join("\n")).toContain("AUDIO_SILENT");
  });

  test("after the terminal became narrower it climbs over the lines that now wrap", () => {
    const terminal = new VirtualTerminal(80);
    const { play } = open(terminal);
    play(planned(["s1"]), RENDERING, {
      type: "progress",
      framesRendered: 1,
      framesTotal: 240,
      fps: 1,
      etaSeconds: 9,
    });
    terminal.columns = 40;
    // Title 46, total 79, status 59 columns: two rows each.
    expect(() => play(RENDERING, scene("s1", 1))).toThrow("left the screen");
    expect([...terminal.raw.matchAll(/\u001b\[(\d+)A/g)].at(-1)?.[1]).toBe("6");
  });

  test("at the end: stages with their shares, the film, notices once", () => {
    const terminal = new VirtualTerminal();
    const { play, wait, isTicking } = open(terminal);
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
      "600 frames in 10.0 s (2.0x real time), 2 slots, 2 of 8 chunks cached, memory",
      "400.0 MB",
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
    open(terminal, { detail: "brief" }).play(planned(["s1", "s2"]), {
      type: "succeeded",
      result: fakeResult({ scenes: [skipped] }),
    });
    expect(terminal.lines()).toContain("s2 was skipped: The picture is damaged.");
    expect(terminal.raw).not.toContain("share");
  });

  test("stopping is said at once and the last frame says canceled", () => {
    const terminal = new VirtualTerminal();
    const { presenter, play } = open(terminal);
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
    open(terminal).play(
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
    const { presenter, play, isTicking } = open(terminal);
    presenter.close();
    const before = terminal.raw;
    play(RENDERING, planned(["s1"]));
    presenter.stopping();
    expect(terminal.raw).toBe(before);
    expect(isTicking()).toBe(false);
  });

  test("ids and messages can't steer the terminal", () => {
    const terminal = new VirtualTerminal();
    const evil = "s\u001b[2J\u001b]0;owned\u0007\u009b2A\r\n\u202e1";
    const { play } = open(terminal, { color: true });
    const error = { code: "X\u001b[31m", message: evil, retryable: false, path: evil, hint: evil };
    play({ type: "fetched", done: 1, total: 1, name: evil }, planned([evil]), RENDERING, scene(evil, 1));
    play({ type: "notice", notice: error });
    const result = fakeResult({
      encoder: { name: evil, fallback: { wanted: evil, used: evil, reason: evil } },
      scenes: [
        {
          id: evil,
          status: "skipped",
          error,
          startSeconds: null,
          seconds: 1,
          attempts: 1,
          cached: false,
          renderSeconds: 0,
          file: null,
        },
      ],
      notices: [{ code: evil, message: evil, path: evil, hint: evil }],
    });
    // The terminal throws at every sequence but those it expects; the letters of this one stay as text.
    play({ type: "succeeded", result });
    expect(terminal.lines().join("\n")).toContain("s[2J]0;owned2A 1");
  });

  test("colour means state, and only where it is wanted", () => {
    const colored = new VirtualTerminal();
    open(colored, { color: true }).play(planned(["s1"]), RENDERING, scene("s1", 12, { attempt: 2 }));
    expect(colored.raw).toMatch(/\u001b\[33m {2}s1 /);
    const plain = new VirtualTerminal();
    open(plain).play(planned(["s1"]), RENDERING, scene("s1", 12, { attempt: 2 }), {
      type: "succeeded",
      result: fakeResult(),
    });
    expect(plain.raw).not.toMatch(/\u001b\[\d+m/);
  });
});
