/** From a text to a film, offline: with the network cut, as a user's command, and what the film then holds. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import net from "node:net";
import os from "node:os";
import path from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { createApp } from "../../src/app.ts";
import { runCli } from "../../src/cli/program.ts";
import { fakeContext } from "../../src/cli/testing/fake-context.ts";
import { readConfig } from "../../src/config.ts";
import { readWav } from "../../src/content/speech/pcm.ts";
import { decodeFilm } from "./support/decoded-film.ts";

const TEXT = `# Ice\n\nSnow falls and stays. Each winter covers the last one.\n\n## The number\n\nThe oldest ice is 800,000 years old.\n\n## What it keeps\n\nThree things are kept:\n\n- Old air\n- Dust\n- Water\n`;

let folder: string;
const connect = net.Socket.prototype.connect;
const environment = { ...process.env };

beforeAll(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "make-"));
  for (const name of Object.keys(process.env))
    if (/_API_KEY$|^REELBURST_.*PROVIDERS$/.test(name)) delete process.env[name];
});
beforeEach(() => {
  // No network, not even this machine's: a path is a pipe of the program's own.
  net.Socket.prototype.connect = function cut(this: net.Socket, ...args: unknown[]) {
    const [target] = args as [unknown];
    if (typeof target === "object" && target !== null && "path" in target)
      return connect.apply(this, args as never);
    throw new Error("The network was used.");
  } as typeof connect;
});
afterAll(() => {
  net.Socket.prototype.connect = connect;
  Object.assign(process.env, environment);
  rmSync(folder, { recursive: true });
});

async function run(...args: string[]) {
  const config = { ...readConfig({ REELBURST_CACHE_DIR: path.join(folder, "cache") }), slots: 1 };
  const context = {
    ...fakeContext(folder),
    readConfig: () => config,
    loadApp: async () => createApp,
  };
  const exitCode = await runCli(args, context);
  return { exitCode, stdout: context.stdout.text, stderr: context.stderr.text };
}

describe("make, without a key and without a network", () => {
  it("gives a narrated film of a text, and says who made what", async () => {
    writeFileSync(path.join(folder, "ice.md"), TEXT);
    const { exitCode, stdout, stderr } = await run(
      "make",
      "ice.md",
      "--length",
      "short",
      "--preview",
      "--json",
    );
    expect(stderr).toBe("");
    expect(exitCode).toBe(0);
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const { report } = events.find(({ type }) => type === "made");
    expect(report.providers).toEqual({ script: ["outline:1"], speech: ["flite:2.3"], pictures: ["cards:1"] });
    expect(report.costMicros).toBe(0);
    expect(report.attempts.length).toBe(1 + 2 * report.segments);
    expect(report.attempts.every(({ outcome }: { outcome: string }) => outcome === "succeeded")).toBe(true);
    const { result } = events.at(-1);
    expect(result.film).toBe(path.join(folder, "ice.mp4"));
    // The voice is heard: loudness is that of speech, and the film is as long as it takes.
    expect(result.loudness.integratedLufs).toBeGreaterThan(-16);
    expect(result.seconds).toBeGreaterThan(report.seconds);
    expect(decodeFilm(result.film).frames.length).toBe(result.frames);
    const captions = readFileSync(path.join(folder, "ice.srt"), "utf8");
    expect(captions).toContain("800,000 years old");
  });

  it("keeps the times of words in step with the voice that is in the film", () => {
    const words = JSON.parse(readFileSync(path.join(folder, "ice.make/captions/s01.json"), "utf8")).words;
    const pcm = readWav(readFileSync(path.join(folder, "ice.make/audio/s01.wav")));
    const at = (seconds: number): number => {
      const from = Math.round(seconds * (pcm?.sampleRate ?? 0));
      const slice = pcm?.samples.slice(from, from + 1600) ?? new Float32Array([0]);
      return Math.sqrt(slice.reduce((sum, value) => sum + value * value, 0) / slice.length);
    };
    for (const { start, end, text } of words as { start: number; end: number; text: string }[])
      expect(at((start + end) / 2 - 0.05), text).toBeGreaterThan(0.01);
  });

  it("pays nothing and draws nothing twice: the second run answers from the first", async () => {
    const { stdout } = await run("make", "ice.md", "--length", "short", "--preview", "--json");
    const events = stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line));
    const speech = events
      .find(({ type }) => type === "made")
      .report.attempts.filter(({ stage }: { stage: string }) => stage === "speech");
    expect(speech.every(({ outcome }: { outcome: string }) => outcome === "cached")).toBe(true);
    const { chunks } = events.at(-1).result;
    expect(chunks.rendered).toBe(0);
  });

  it("stops for a review with script, production and storyboard, and goes on from the changed script", async () => {
    const review = await run(
      "make",
      "ice.md",
      "--length",
      "short",
      "--review",
      "-o",
      "again.mp4",
      "--aspect",
      "9:16",
    );
    expect(review.exitCode).toBe(0);
    expect(review.stdout.trim().split("\n")).toEqual([
      "again.make/script.yaml",
      "again.make/production.yaml",
      "again.make/storyboard.png",
    ]);
    expect(review.stderr).toContain("npx reelburst make again.make/script.yaml");
    expect(existsSync(path.join(folder, "again.mp4"))).toBe(false);
    const script = path.join(folder, "again.make/script.yaml");
    writeFileSync(
      script,
      readFileSync(script, "utf8").replaceAll("Snow falls and stays.", "Snow never leaves."),
    );
    const refused = await run("make", "ice.md", "--length", "short", "--review", "-o", "again.mp4");
    expect(refused.exitCode).toBe(2);
    expect(refused.stderr).toContain("SCRIPT_EDITED");
    const made = await run("make", "again.make/script.yaml", "--preview");
    expect(made.exitCode).toBe(0);
    expect(made.stdout.trim()).toBe(path.join(folder, "again.mp4"));
    expect(readFileSync(path.join(folder, "again.srt"), "utf8")).toContain("Snow never leaves.");
  });
});

describe("what make can't do, it says", () => {
  it.each([
    [
      "a topic without a text provider",
      ["make", "why the sky is blue"],
      "TEXT_PROVIDER_MISSING",
      "GEMINI_API_KEY",
    ],
    [
      "a language that no voice here speaks",
      ["make", "de.md", "--speech-providers", "flite"],
      "PROVIDERS_FAILED",
      "English only",
    ],
    [
      "a provider that is none",
      ["make", "ice.md", "--text-providers", "magic"],
      "PROVIDER_UNKNOWN",
      "outline",
    ],
    ["a file that is not there", ["make", "nothing.md"], "SOURCE_UNREADABLE", "no such file"],
    ["an empty text", ["make", "empty.md"], "SOURCE_EMPTY", "no text"],
    ["a picture", ["make", "a.png"], "SOURCE_UNREADABLE", ".md and .txt"],
    ["a script with a slip", ["make", "bad.yaml"], "UNKNOWN_KEY", "narration"],
  ])("%s", async (_name, args, code, words) => {
    writeFileSync(path.join(folder, "ice.md"), TEXT);
    writeFileSync(path.join(folder, "de.md"), "Der Schnee fällt und das Eis wächst. Es ist nicht warm.");
    writeFileSync(path.join(folder, "empty.md"), "  \n");
    writeFileSync(path.join(folder, "a.png"), "x");
    writeFileSync(
      path.join(folder, "bad.yaml"),
      readFileSync(path.join(folder, "ice.make/script.yaml"), "utf8").replace("narration:", "naration:"),
    );
    const { exitCode, stderr, stdout } = await run(...args);
    expect(stderr).toContain(code);
    expect(stderr.replace(/\s+/g, " ")).toContain(words);
    expect([2, 3, 1]).toContain(exitCode);
    expect(stdout).toBe("");
  });
});

describe("topics", () => {
  it("are made into films after somebody's yes, and once", async () => {
    const id = "0123456789ab";
    const source = {
      topic: "Ice",
      text: TEXT,
      provenance: {
        kind: "feed",
        from: "https://a.example/1",
        title: "Ice",
        author: "Ann",
        site: "The Daily Frost",
        publishedAt: null,
        fetchedAt: null,
      },
    };
    writeFileSync(
      path.join(folder, "topics.json"),
      JSON.stringify({
        version: 1,
        topics: [{ id, state: "waiting", addedAt: "2026-11-21T10:00:00Z", source }],
      }),
    );
    const early = await run("make", `topic:${id}`, "--length", "short", "--preview");
    expect([early.exitCode, early.stderr.includes("TOPIC_STATE")]).toEqual([3, true]);
    expect((await run("topics", "approve", id)).stdout).toContain("approved");
    expect((await run("make", `topic:${id}`, "--length", "short", "--preview")).exitCode).toBe(0);
    expect((await run("topics", "list")).stdout).toBe(`${id}  made      Ice  https://a.example/1\n`);
    // The film ends by saying where its words are from.
    expect(readFileSync(path.join(folder, `topic-${id}.make/production.yaml`), "utf8")).toContain(
      "Ann · The Daily Frost",
    );
    expect((await run("make", `topic:${id}`)).stderr).toContain("TOPIC_STATE");
  });
});
