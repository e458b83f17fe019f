import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, expect, it } from "vitest";
import { NO_PROVENANCE } from "../sources/read-source.ts";
import type { SourceText } from "../sources/source.ts";
import { addTopics, moveTopic, readTopics } from "./topic-list.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(os.tmpdir(), "topics-"));
  file = path.join(folder, "topics.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

const source = (topic: string, from: string | null = null): SourceText => ({
  topic,
  text: null,
  provenance: { ...NO_PROVENANCE, kind: "feed", from },
});

it("takes each topic once, whatever its title becomes", async () => {
  await addTopics(file, [source("Ice", "https://a.example/1"), source("Snow")], 0);
  const added = await addTopics(
    file,
    [source("Ice, corrected", "https://a.example/1"), source(" snow "), source("Rain")],
    1,
  );
  expect(added.map(({ source: { topic } }) => topic)).toEqual(["Rain"]);
  expect((await readTopics(file)).map(({ state }) => state)).toEqual(["waiting", "waiting", "waiting"]);
});

it("makes nothing that was not approved", async () => {
  const [topic] = await addTopics(file, [source("Ice")], 0);
  const id = topic?.id ?? "";
  await expect(moveTopic(file, id, "made")).rejects.toMatchObject({ code: "TOPIC_STATE" });
  await moveTopic(file, id, "approved");
  expect((await moveTopic(file, id, "made")).state).toBe("made");
  await expect(moveTopic(file, id, "waiting")).rejects.toMatchObject({ code: "TOPIC_STATE" });
  await expect(moveTopic(file, "nothing", "approved")).rejects.toMatchObject({ code: "TOPIC_UNKNOWN" });
});

it("leaves a damaged list as it is", async () => {
  writeFileSync(file, '{"version": 1, "topics": [');
  await expect(addTopics(file, [source("Ice")], 0)).rejects.toMatchObject({ code: "TOPICS_DAMAGED" });
  expect(readFileSync(file, "utf8")).toBe('{"version": 1, "topics": [');
});
