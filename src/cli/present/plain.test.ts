import { describe, expect, test } from "vitest";
import type { ProductionEvent } from "../../produce/events.ts";
import { fakeResult, TextSink } from "../testing/fake-context.ts";
import { createJson } from "./json.ts";
import { createPlain } from "./plain.ts";
import { createStyle } from "./style.ts";

const HEADING = { title: "Harbour", width: 1280, height: 720, fps: 24 };
const EVIL = "s\u001b[2J\u0007\u009b2A\r\n\u202e1";

function open() {
  const sink = new TextSink();
  let nowMs = 0;
  const presenter = createPlain(HEADING, {
    stream: sink,
    style: createStyle(false),
    now: () => nowMs,
    every: () => () => {},
    detail: "full",
    keepsChunks: true,
  });
  const play = (...events: ProductionEvent[]): void => {
    for (const event of events) {
      nowMs += 1000;
      presenter.event(event);
    }
  };
  return { sink, presenter, play };
}

function progress(framesRendered: number): ProductionEvent {
  return {
    type: "progress",
    framesRendered,
    framesTotal: 1000,
    fps: 50,
    etaSeconds: (1000 - framesRendered) / 50,
  };
}

const PLANNED: ProductionEvent = {
  type: "planned",
  totalFrames: 1000,
  seconds: 41.6,
  chunks: 9,
  cachedChunks: 2,
  slots: 2,
  scenes: [{ id: "s1", frames: 1000, seconds: 41.6, chunks: 9 }],
};

describe("plain", () => {
  test("a line for the findings of the report, none without", () => {
    const finding = { scene: "s1", atSeconds: 1, message: "Too fast.", hint: "" };
    const findings = [
      { ...finding, code: "CAPTION_FAST", severity: "warning" },
      { ...finding, code: "CAPTION_BRIEF", severity: "info" },
    ] as const;
    const quality = { page: "/films/harbour.report.html", findings };
    const ended = (result: ReturnType<typeof fakeResult>): string => {
      const { sink, play } = open();
      play({ type: "succeeded", result });
      return sink.lines().join("\n");
    };
    expect(ended(fakeResult({ quality }))).toContain("\n2 findings (1 warning), see harbour.report.html");
    expect(ended(fakeResult())).not.toContain("finding");
  });

  test("a line at each state and at every 10 %, none between", () => {
    const { sink, play } = open();
    play({ type: "state", state: "fetching" }, PLANNED, { type: "state", state: "rendering" });
    for (let frames = 0; frames <= 1000; frames += 5) play(progress(frames));
    play({ type: "state", state: "assembling" });
    const lines = sink.lines();
    expect(lines.slice(0, 5)).toEqual([
      "Harbour: 1280x720, 24 fps",
      "fetching",
      "1 scene, 1,000 frames (0:42), 9 chunks, 2 cached, 2 slots",
      "rendering",
      " 10 %  100/1,000 frames  50.0 fps  0:18 left",
    ]);
    expect(lines.filter((line) => line.includes(" %"))).toHaveLength(10);
    expect(lines.slice(-2)).toEqual(["100 %  1,000/1,000 frames  50.0 fps", "assembling"]);
    expect(lines.every((line) => line.length <= 80)).toBe(true);
  });

  test("a jump over several steps is one line", () => {
    const { sink, play } = open();
    play(progress(456), progress(457));
    expect(sink.lines().slice(1)).toEqual([" 46 %  456/1,000 frames  50.0 fps  0:11 left"]);
  });

  test("the percentage is rounded, and 100 at the end only", () => {
    const { sink, play } = open();
    play(progress(678), progress(999));
    expect(
      sink
        .lines()
        .slice(1)
        .map((line) => line.slice(0, 5)),
    ).toEqual([" 68 %", " 99 %"]);
  });

  test.each([
    ["ABORTED", "canceled", "stopped after 3.0 s"],
    ["IMAGE_UNREADABLE", "failed", "failed after 3.0 s"],
  ] as const)("%s ends in one line", (code, state, line) => {
    const { sink, play } = open();
    const error = { code, message: "It ended.", retryable: false };
    play(
      { type: "state", state: "rendering" },
      { type: "state", state },
      { type: "failed", error, problems: [] },
    );
    expect(sink.lines().slice(1)).toEqual(["rendering", line]);
  });

  test("retries, failures, skips and notices as they come, notices not again at the end", () => {
    const { sink, play } = open();
    const notice = { code: "AUDIO_SILENT", message: "s1: silent." };
    const scene = { type: "scene", id: "s1", framesRendered: 0, framesTotal: 9, cached: false } as const;
    play(
      { ...scene, status: "retried", attempt: 2 },
      { ...scene, status: "skipped", attempt: 3 },
      { type: "notice", notice },
    );
    play({
      type: "succeeded",
      result: fakeResult({ notices: [notice, { code: "OTHER", message: "New." }] }),
    });
    const lines = sink.lines();
    expect(lines.slice(1, 4)).toEqual(["s1: attempt 2", "s1: skipped", "AUDIO_SILENT: s1: silent."]);
    expect(lines.filter((line) => line.startsWith("AUDIO_SILENT"))).toHaveLength(1);
    expect(lines.at(-1)).toBe("OTHER: New.");
  });

  test("no control characters, whatever comes in", () => {
    const { sink, play, presenter } = open();
    const finding = { code: EVIL, message: EVIL, path: EVIL, hint: EVIL, retryable: false };
    play({ type: "fetched", done: 1, total: 1, name: EVIL }, { type: "notice", notice: finding });
    for (const status of ["retried", "failed", "skipped"] as const) {
      play({ type: "scene", id: EVIL, status, framesRendered: 0, framesTotal: 1, attempt: 2, cached: false });
    }
    presenter.stopping();
    play({
      type: "succeeded",
      result: fakeResult({
        encoder: { name: EVIL, fallback: { wanted: EVIL, used: EVIL, reason: EVIL } },
        notices: [finding],
      }),
    });
    expect(sink.text.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\u202e]/u);
    expect(sink.text).toContain("Stopping…; finished chunks are kept\n");
  });
});

describe("json", () => {
  test("the very events with their time and source, a line each", () => {
    const sink = new TextSink();
    const presenter = createJson(sink, () => Date.UTC(2026, 10, 21), { source: "a\u009bb" });
    const events: ProductionEvent[] = [
      { type: "state", state: "queued" },
      PLANNED,
      progress(1),
      { type: "succeeded", result: fakeResult() },
    ];
    for (const event of events) presenter.event(event);
    const parsed = sink.lines().map((line) => JSON.parse(line) as object);
    expect(parsed).toEqual(
      events.map((event) => ({ ...event, source: "a\u009bb", at: "2026-11-21T00:00:00.000Z" })),
    );
    expect(sink.text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });
});
