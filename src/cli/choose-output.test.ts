import { symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { expect, test } from "vitest";
import { parseProduction } from "../spec/parse.ts";
import type { Production } from "../spec/production.ts";
import { chooseOutput } from "./choose-output.ts";
import { useTempFolder } from "./testing/temp-folder.ts";

const folder = useTempFolder();

function production(more: Record<string, unknown> = {}): Production {
  const scenes = [{ id: "s1", image: "a.png", audio: "a.mp3", subtitles: "talk.srt" }];
  const { production: parsed, issues } = parseProduction({ scenes, ...more }, { baseDirectory: folder.path });
  if (parsed === null) throw new Error(JSON.stringify(issues));
  return parsed;
}

function choose(source: string, output: string | undefined, name = "harbour") {
  return chooseOutput(production(), { output, cwd: folder.path, name, deliver: "film", variant: [] }, source);
}

test("the report beside the film never replaces the production file", async () => {
  expect(await choose("harbour.json", undefined)).toBe(path.join(folder.path, "harbour.film.mp4"));
  await expect(choose("harbour.json", "harbour.mp4")).rejects.toMatchObject({ code: "OUTPUT_CONFLICT" });
  expect(await choose("harbour.json", "film.mp4")).toBe(path.join(folder.path, "film.mp4"));
});

test("nor do the captions beside it replace those they were made from, whatever their case or way", async () => {
  await expect(choose("p.yaml", "Talk.mp4")).rejects.toThrow("one of its own inputs");
  await symlink(folder.path, path.join(folder.path, "link"));
  await expect(choose("p.yaml", "link/talk.mp4")).rejects.toThrow("one of its own inputs");
});

test("a folder with a production file is protected as well", async () => {
  await writeFile(path.join(folder.path, "production.json"), "{}");
  await expect(choose(".", "production.mp4")).rejects.toThrow("one of its own inputs");
});

test("scene files count too", async () => {
  const made = production({ output: { deliver: "scenes" }, soundtrack: "s1.mp4" });
  const wish = { output: ".", cwd: folder.path, name: "x", deliver: "scenes", variant: [] } as const;
  await expect(chooseOutput(made, wish, "p.yaml")).rejects.toThrow("one of its own inputs");
});
