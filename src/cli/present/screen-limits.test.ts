import { describe, expect, test } from "vitest";
import { fakeResult } from "../testing/fake-context.ts";
import { HEADING, openScreen, planned, RENDERING, scene } from "../testing/screen-player.ts";
import { VirtualTerminal } from "../testing/virtual-terminal.ts";

describe("screen, whatever the terminal and the text", () => {
  test("shows at most twelve scenes, and no more than the terminal has lines", () => {
    const ids = Array.from({ length: 40 }, (_, index) => `scene_${index}`);
    const tall = new VirtualTerminal(80, 50);
    openScreen(tall).play(planned(ids), RENDERING, ...ids.map((id) => scene(id, 1)));
    expect(tall.lines()).toHaveLength(3 + 12 + 1);
    expect(tall.lines().at(-1)).toBe("  and 28 more");
    const low = new VirtualTerminal(80, 8);
    openScreen(low).play(planned(ids), RENDERING, ...ids.map((id) => scene(id, 1)));
    expect(low.lines().length).toBeLessThan(8);
    const tiny = new VirtualTerminal(80, 2);
    openScreen(tiny).play(planned(ids), RENDERING, ...ids.map((id) => scene(id, 1)));
    expect(tiny.lines()).toHaveLength(1);
  });

  test.each([20, 30, 40, 60, 80, 200])("fits into %d columns, whatever the names", (columns) => {
    const terminal = new VirtualTerminal(columns);
    const long = "非常长的场景名称".repeat(20);
    const { play, wait } = openScreen(terminal, { heading: { ...HEADING, title: long } });
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
    const { play } = openScreen(terminal);
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
    expect(
      terminal.raw
        .split("\u001b[")
        .filter((part) => /^\d+A/.test(part))
        .at(-1),
    ).toMatch(/^6A/);
  });

  test("ids and messages can't steer the terminal", () => {
    const terminal = new VirtualTerminal();
    const evil = "s\u001b[2J\u001b]0;owned\u0007\u009b2A\r\n\u202e1";
    const { play } = openScreen(terminal, { color: true });
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
    openScreen(colored, { color: true }).play(planned(["s1"]), RENDERING, scene("s1", 12, { attempt: 2 }));
    expect(colored.raw).toContain("\u001b[33m  s1 ");
    const plain = new VirtualTerminal();
    openScreen(plain).play(planned(["s1"]), RENDERING, scene("s1", 12, { attempt: 2 }), {
      type: "succeeded",
      result: fakeResult(),
    });
    expect(plain.raw.split("\u001b").filter((part) => /^\[\d+m/.test(part))).toEqual([]);
  });
});
