import { describe, expect, it } from "vitest";
import type { CaptionSettings } from "../../spec/production.ts";
import { assForWindow } from "./ass.ts";
import { compileCaptions } from "./compile.ts";
import type { Cue } from "./cue.ts";
import { createFaceLibrary } from "./fonts/face-library.ts";
import { captionSettings } from "./test-settings.ts";

const faces = createFaceLibrary();
const frame = { width: 1280, height: 720 };
const fps = { num: 30, den: 1 };
const compile = (cues: Cue[], changes: Partial<CaptionSettings> = {}, language: string | null = "en") =>
  compileCaptions({ cues, style: captionSettings(changes), frame, language, faces });
const cue = (startMs: number, endMs: number, text: string): Cue => ({ startMs, endMs, text });
const frames = (states: readonly { startFrame: number; endFrame: number }[]) =>
  states.map((state) => [state.startFrame, state.endFrame]);
const visibleText = (ass: string) =>
  ass
    .split("\n")
    .filter((line) => line.startsWith("Dialogue: 2,"))
    .map((line) => line.split(",,0,0,0,,")[1]?.replace(/\{[^}]*\}/gu, ""))
    .join("/");

describe("assForWindow", () => {
  const two = compile([cue(1000, 2000, "First"), cue(3000, 4000, "Second")]);

  it("rounds times to frames and leaves gaps empty", () => {
    expect(frames(assForWindow(two, 0, 300, fps).states)).toEqual([
      [30, 60],
      [90, 120],
    ]);
    expect(frames(assForWindow(two, 0, 300, { num: 30000, den: 1001 }).states)).toEqual([
      [30, 60],
      [90, 120],
    ]);
    expect(frames(assForWindow(two, 0, 300, { num: 24, den: 1 }).states)).toEqual([
      [24, 48],
      [72, 96],
    ]);
    expect(assForWindow(two, 60, 90, fps).states).toEqual([]);
    expect(assForWindow(two, 120, 400, fps).states).toEqual([]);
  });

  it("gives the same script in every window, and another for another text", () => {
    const [early] = assForWindow(two, 0, 45, fps).states;
    const [late, second] = assForWindow(two, 45, 150, fps).states;
    expect(frames([early, late].flatMap((state) => state ?? []))).toEqual([
      [30, 45],
      [0, 15],
    ]);
    expect(late?.ass).toBe(early?.ass);
    expect(late?.key).toBe(early?.key);
    expect(second?.key).not.toBe(early?.key);
  });

  it("carries a fade across a window's edge and forgets it once it is over", () => {
    expect(assForWindow(two, 0, 300, fps).states[0]).toMatchObject({ fadeInFrames: 3, fadeOutFrames: 3 });
    expect(assForWindow(two, 32, 50, fps).states[0]).toMatchObject({
      startFrame: -2,
      endFrame: 18,
      fadeInFrames: 3,
      fadeOutFrames: 0,
    });
    expect(assForWindow(two, 33, 58, fps).states[0]).toMatchObject({
      startFrame: 0,
      endFrame: 27,
      fadeInFrames: 0,
      fadeOutFrames: 3,
    });
  });

  it("writes one script that starts at 0 and never ends, every line placed", () => {
    const [state] = assForWindow(two, 0, 300, fps).states;
    const dialogues = state?.ass.split("\n").filter((line) => line.startsWith("Dialogue:")) ?? [];
    expect(dialogues).toHaveLength(2);
    for (const line of dialogues)
      expect(line).toMatch(/^Dialogue: \d,0:00:00\.00,9:00:00\.00,Caption,,0,0,0,,\{\\an\d\\pos\(/u);
    expect(state?.ass).toContain("WrapStyle: 2");
    expect(state?.ass).toContain("PlayResX: 1280");
  });
});

describe("compileCaptions", () => {
  it("draws the box at 55 % by default, solid at 1, and a shadow instead at 0", () => {
    const draw = (changes: Partial<CaptionSettings>) =>
      assForWindow(compile([cue(0, 1000, "Hi")], changes), 0, 30, fps).states[0]?.ass ?? "";
    const alpha = (ass: string) => /Dialogue: 0,.*\\1a&H(..)&.*\\p1/u.exec(ass)?.[1];
    expect([alpha(draw({})), alpha(draw({ boxOpacity: 1 })), alpha(draw({ boxOpacity: 0 }))]).toEqual([
      "73",
      "00",
      undefined,
    ]);
    expect(draw({})).not.toContain("Dialogue: 1,");
    expect(draw({ boxOpacity: 0 })).toContain("Dialogue: 1,");
  });

  it("does not fade between captions that touch", () => {
    const { events } = compile([cue(0, 1000, "One"), cue(1000, 2000, "Two")]);
    expect(events.map((event) => [event.fadeInMs, event.fadeOutMs])).toEqual([
      [100, 0],
      [0, 100],
    ]);
  });

  it("shows a long cue in parts that share its time by their length", () => {
    const text =
      "The keepers never missed a night in all those years. Their families lived below the lamp, and the sea was always near them.";
    const { events } = compile([cue(0, 10_000, text)]);
    expect(events).toHaveLength(2);
    expect(events[0]?.endMs).toBe(events[1]?.startMs);
    expect(events[1]?.endMs).toBe(10_000);
    expect(events[0]?.endMs).toBeGreaterThan(3500);
    expect(events[0]?.endMs).toBeLessThan(5500);
  });

  it("marks one word at a time in karaoke, by the given timings", () => {
    const words = [
      { text: "Never", startMs: 200, endMs: 500 },
      { text: "gonna", startMs: 600, endMs: 900 },
      { text: "give.", startMs: 1000, endMs: 1500 },
    ];
    const compiled = compile([{ startMs: 0, endMs: 2000, text: "Never gonna give.", words }], {
      style: "karaoke",
    });
    const { states } = assForWindow(compiled, 0, 60, fps);
    expect(frames(states)).toEqual([
      [0, 6],
      [6, 18],
      [18, 30],
      [30, 60],
    ]);
    expect(states.map((state) => /\{\\1c&H42C5FF&\}([^{]*)/u.exec(state.ass)?.[1])).toEqual([
      undefined,
      "Never",
      "gonna",
      "give.",
    ]);
    for (const state of states) {
      expect(visibleText(state.ass)).toBe("Never gonna give.");
      expect([state.fadeInFrames, state.fadeOutFrames]).toEqual([0, 0]);
    }
  });

  it("interpolates when the words are not those of the text", () => {
    const words = [
      { text: "Quite", startMs: 0, endMs: 1 },
      { text: "different", startMs: 1, endMs: 2 },
    ];
    const { events } = compile([{ startMs: 0, endMs: 3000, text: "aa bb cc", words }], { style: "karaoke" });
    expect(events.map((event) => Math.round(event.startMs))).toEqual([0, 1000, 2000]);
  });

  it("segments Chinese into words for karaoke", () => {
    const { events } = compile([cue(0, 3000, "人工智能正在改变世界")], { style: "karaoke" }, "zh");
    expect(events.length).toBeGreaterThan(3);
  });

  it("shows one to three words at a time with `word`, popping in", () => {
    const compiled = compile([cue(0, 6000, "Nobody in the village ever slept again, they say.")], {
      style: "word",
    });
    const shown = compiled.events.map((event) => event.block.lines.map((line) => line.text).join("/"));
    expect(shown.join(" ")).toBe("Nobody in the village ever slept again, they say.");
    for (const text of shown) expect(text.split(" ").length).toBeLessThanOrEqual(3);
    const sizes = assForWindow(compiled, 0, 180, fps)
      .states.slice(0, 3)
      .map((state) => Number(/\\fs([\d.]+)/u.exec(state.ass)?.[1]));
    expect(sizes).toEqual([...sizes].sort((a, b) => a - b));
    expect(new Set(sizes).size).toBe(3);
  });

  it("names only the fonts it used", () => {
    expect(compile([cue(0, 1000, "Hello")]).fonts.map((font) => font.family)).toEqual(["Inter SemiBold"]);
    expect(compile([cue(0, 1000, "你好")]).fonts.map((font) => font.family)).toEqual([
      "Noto Sans S Chinese Bold",
    ]);
  });

  it("names a font that is there for the script and for the box, or libass draws no box", () => {
    const ass = assForWindow(compile([cue(0, 1000, "你好")]), 0, 30, fps).states[0]?.ass ?? "";
    expect(ass).not.toContain("Inter");
    expect(ass).toContain("Style: Caption,Noto Sans S Chinese Bold,");
    expect(ass).toMatch(/Dialogue: 0,[^\n]*\\fnNoto Sans S Chinese Bold[^\n]*\\p1/u);
  });

  it("stops at letters that no font has and drops emoji with a warning", () => {
    expect(() => compile([cue(0, 1000, "สวัสดี")])).toThrow(
      expect.objectContaining({ code: "GLYPHS_MISSING" }),
    );
    const { events, issues } = compile([
      cue(0, 1000, "Done 🎉"),
      cue(2000, 3000, "🎉🎉"),
      cue(4000, 5000, "\u200d"),
    ]);
    expect(events.map((event) => event.block.lines[0]?.text)).toEqual(["Done"]);
    expect(issues.map((issue) => issue.code)).toEqual(["GLYPHS_DROPPED"]);
  });

  it("shows nothing with `none`, and needs no font for it", () => {
    expect(compile([cue(0, 1000, "สวัสดี")], { style: "none" })).toMatchObject({
      events: [],
      fonts: [],
      issues: [],
    });
  });

  it("keeps hostile text inside its line, with no tag of its own", () => {
    const hostile = "{\\p1}m 0 0 l 9 9 \\N {\\fs9999}X',drawtext=text=OWNED";
    for (const style of ["boxed", "karaoke", "word"] as const) {
      for (const { ass } of assForWindow(compile([cue(0, 3000, hostile)], { style }), 0, 90, fps).states) {
        // What is ours: a block opened by a brace without a backslash before it.
        const blocks = [...ass.matchAll(/(?<!\\)\{([^}]*)\}/gu)].map((match) => match[1] ?? "");
        for (const block of blocks) {
          expect(block).toMatch(
            /^(\\(an\d|pos\([\d.,]+\)|[13]c&H[\dA-F]{6}&|[13]a&H[\dA-F]{2}&|bord[\d.]+|blur[\d.]+|fs[\d.]+|fn(Inter [A-Za-z]+|Noto Sans S Chinese Bold)|p[01]))+$/u,
          );
          expect(block.includes("\\p1") && !block.includes("\\an7")).toBe(false);
        }
      }
    }
  });
});
