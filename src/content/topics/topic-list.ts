/**
 * Topics that wait to become films, in one file. Nothing of a stranger's feed is made before somebody has approved it, and
 * what was once seen does not come back.
 */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { writeFileAtomic } from "../../support/atomic-file.ts";
import { ReelburstError } from "../../support/errors.ts";
import { isMissing } from "../../support/file-errors.ts";
import { digestOf } from "../../support/hash.ts";
import type { SourceText } from "../sources/source.ts";

export const TOPIC_STATES = ["waiting", "approved", "rejected", "made"] as const;
export type TopicState = (typeof TOPIC_STATES)[number];

const nullable = z.string().nullable();
const topicShape = z.object({
  id: z.string(),
  state: z.enum(TOPIC_STATES),
  /** ISO 8601. */
  addedAt: z.string(),
  source: z.object({
    topic: z.string(),
    text: nullable,
    provenance: z.object({
      kind: z.enum(["topic", "file", "text", "article", "feed", "reddit"]),
      from: nullable,
      title: nullable,
      author: nullable,
      site: nullable,
      publishedAt: nullable,
      fetchedAt: nullable,
    }),
  }),
});
const listShape = z.object({ version: z.literal(1), topics: z.array(topicShape) });

export type Topic = z.infer<typeof topicShape>;

/** What may follow what. A film that was made stays made; a rejected topic may be thought of again. */
const NEXT: Readonly<Record<TopicState, readonly TopicState[]>> = {
  waiting: ["approved", "rejected"],
  approved: ["made", "rejected", "waiting"],
  rejected: ["waiting", "approved"],
  made: [],
};

/** The address where there is one: a title that is mended is no new topic. */
export function topicId({ topic, provenance }: SourceText): string {
  return digestOf(provenance.from ?? topic.trim().toLowerCase()).slice(0, 12);
}

/** @throws ReelburstError TOPICS_DAMAGED */
export async function readTopics(file: string): Promise<readonly Topic[]> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    if (isMissing(error)) return [];
    throw error;
  }
  const parsed = listShape.safeParse(jsonOf(text));
  if (parsed.success) return parsed.data.topics;
  throw new ReelburstError("TOPICS_DAMAGED", "The list of topics can't be read.", {
    path: file,
    hint: "Mend or delete the file; nothing is written to it as it is.",
  });
}

/** Those that were not known yet, as waiting. @throws ReelburstError TOPICS_DAMAGED */
export async function addTopics(
  file: string,
  sources: readonly SourceText[],
  nowMs: number,
): Promise<readonly Topic[]> {
  const topics = await readTopics(file);
  const known = new Set(topics.map(({ id }) => id));
  const added: Topic[] = [];
  for (const source of sources) {
    const id = topicId(source);
    if (known.has(id)) continue;
    known.add(id);
    added.push({ id, state: "waiting", addedAt: new Date(nowMs).toISOString(), source });
  }
  if (added.length > 0) await write(file, [...topics, ...added]);
  return added;
}

/** @throws ReelburstError TOPIC_UNKNOWN, TOPIC_STATE */
export async function moveTopic(file: string, id: string, state: TopicState): Promise<Topic> {
  const topics = await readTopics(file);
  const topic = topics.find((one) => one.id === id);
  if (topic === undefined) throw new ReelburstError("TOPIC_UNKNOWN", `There is no topic ${id}.`);
  if (!NEXT[topic.state].includes(state))
    throw new ReelburstError("TOPIC_STATE", `A topic that is ${topic.state} can't become ${state}.`, {
      hint: state === "made" ? "Approve it first." : undefined,
    });
  const moved = { ...topic, state };
  await write(
    file,
    topics.map((one) => (one === topic ? moved : one)),
  );
  return moved;
}

function write(file: string, topics: readonly Topic[]): Promise<void> {
  return writeFileAtomic(file, `${JSON.stringify({ version: 1, topics }, null, 2)}\n`);
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
