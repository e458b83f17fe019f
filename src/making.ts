/** The composition root of `make`, as `app.ts` is that of a render: a source -> a folder that renders to a film. */
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import { type Config, type ContentConfig, compileCacheFolder, readContentConfig } from "./config.ts";
import type { Brief, MakeEvent } from "./content/brief.ts";
import { type Made, makeFromBrief, makeFromScript, type StoryboardInput } from "./content/make-film.ts";
import { FRAMES } from "./content/make-parts.ts";
import type { Script } from "./content/script.ts";
import { looksLikeScript, parseScript } from "./content/script-file.ts";
import { type FetchTools, feedSource, fetchPage } from "./content/sources/fetch-source.ts";
import { isTextFile, readTextFile, topicSource } from "./content/sources/read-source.ts";
import { DEFAULT_FILTER, parseReddit, type RedditWish, redditPosts } from "./content/sources/reddit.ts";
import type { SourceText } from "./content/sources/source.ts";
import { moveTopic } from "./content/topics/topic-list.ts";
import { cardFor } from "./content/write-production.ts";
import { knowsTopics, openStages, type ProviderLists } from "./make-stages.ts";
import { createFaceLibrary } from "./render/captions/fonts/face-library.ts";
import { planCard } from "./render/cards/plan-card.ts";
import { MOST_CELLS, planStoryboard } from "./render/cards/plan-storyboard.ts";
import { DEFAULT_LIMITS } from "./render/process/limits.ts";
import { RenderPool } from "./render/process/render-pool.ts";
import type { Issue } from "./spec/issue.ts";
import { resolveCard } from "./spec/resolve-card.ts";
import { inCacheFolder } from "./storage/file/cache-folder.ts";
import { systemClock } from "./support/clock.ts";
import { ReelburstError } from "./support/errors.ts";
import { createTempDir, sweepTempDirs } from "./support/temp-dir.ts";
import { approvedSource } from "./topics.ts";

export type { MakeEvent } from "./content/brief.ts";
export type { Made } from "./content/make-film.ts";

export interface MakeRequest extends Omit<Brief, "source"> {
  /** A topic, a text file, a script, an address. */
  readonly source: string;
  /** Absolute. */
  readonly cwd: string;
  /** Absolute: where everything but the film goes. */
  readonly folder: string;
  readonly shownFolder: string;
  readonly review: boolean;
  readonly maxCostMicros: number | null;
  readonly providers: ProviderLists;
}

export interface MakeHooks {
  readonly signal: AbortSignal;
  readonly emit: (event: MakeEvent) => void;
}

export type MakeOutcome =
  | { readonly kind: "made"; readonly made: Made }
  /** The user's script has mistakes. */
  | { readonly kind: "invalid"; readonly issues: readonly Issue[] };

/** @throws ReelburstError as the stages do, TEXT_PROVIDER_MISSING, SOURCE_UNREADABLE, SOURCE_EMPTY */
export async function make(
  config: Config,
  request: MakeRequest,
  hooks: MakeHooks,
  content: ContentConfig = readContentConfig(),
): Promise<MakeOutcome> {
  const script = await readScript(request);
  if (script !== null && script.script === null) return { kind: "invalid", issues: script.issues };
  const tempRoot = path.join(config.cacheDirectory, "tmp");
  const temp = await inCacheFolder(config.cacheDirectory, async () => {
    await sweepTempDirs(tempRoot, systemClock.now());
    return createTempDir(tempRoot);
  });
  const stages = await openStages({
    config: content,
    lists: request.providers,
    cwd: request.cwd,
    cacheFolder: path.join(config.cacheDirectory, "content"),
    tempFolder: temp.path,
    maxCostMicros: request.maxCostMicros,
    onAttempt: (attempt) => hooks.emit({ type: "attempt", attempt }),
  });
  try {
    const context = {
      stages,
      folder: request.folder,
      shownFolder: request.shownFolder,
      review: request.review,
      drawStoryboard: (sheet: StoryboardInput) =>
        drawStoryboard(sheet, request.folder, temp.path, config, hooks.signal),
      ...hooks,
    };
    if (script !== null)
      return {
        kind: "made",
        made: await makeFromScript(script.script, path.resolve(request.cwd, request.source), context),
      };
    const source = await readSource(request, config, content, hooks.signal);
    if (source.text === null && !knowsTopics({ config: content, lists: request.providers }))
      throw new ReelburstError(
        "TEXT_PROVIDER_MISSING",
        "A topic needs a text provider that knows something about it, and none is configured.",
        {
          hint: "Set GEMINI_API_KEY, OPENAI_API_KEY or ANTHROPIC_API_KEY, or give a text: make article.md.",
        },
      );
    const made = await makeFromBrief({ ...request, source }, context);
    if (request.source.startsWith("topic:") && made.production !== null && !request.review)
      await moveTopic(topicsFile(request.cwd), request.source.slice("topic:".length), "made");
    return { kind: "made", made };
  } finally {
    await stages.close();
    await temp.remove().catch(() => {});
  }
}

/** The list that `make topic:<id>` means: that of the current folder. */
function topicsFile(cwd: string): string {
  return path.join(cwd, "topics.json");
}

async function readScript({ source, cwd }: MakeRequest): Promise<ReturnType<typeof parseScript> | null> {
  if (!/\.ya?ml$/i.test(source)) return null;
  const file = path.resolve(cwd, source);
  const size = (await stat(file).catch(() => null))?.size ?? 0;
  const text = size > 2e6 ? null : await readFile(file, "utf8").catch(() => null);
  if (text === null || !looksLikeScript(text))
    throw new ReelburstError(
      "SOURCE_UNREADABLE",
      text === null ? "There is no such script." : "This is no script.",
      {
        path: source,
        hint: 'A script begins with "script: 1"; a production is for the render command.',
      },
    );
  return parseScript(text, path.basename(file));
}

async function readSource(
  { source, cwd }: MakeRequest,
  config: Config,
  content: ContentConfig,
  signal: AbortSignal,
): Promise<SourceText> {
  const topic = /^topic:([0-9a-f]{12})$/.exec(source)?.[1];
  if (topic !== undefined) return approvedSource(topicsFile(cwd), topic);
  const reddit = parseReddit(source);
  if (reddit !== null || /^https?:\/\//i.test(source)) {
    const { createSafeFetch } = await import("./support/safe-fetch/safe-fetch.ts");
    const tools = { fetch: createSafeFetch({ allowPrivate: config.fetchAllow }), clock: systemClock, signal };
    try {
      return reddit === null ? await readAddress(source, tools) : await readReddit(reddit, content, tools);
    } finally {
      await tools.fetch.close();
    }
  }
  const file = path.resolve(cwd, source);
  if (isTextFile(source)) return readTextFile(file);
  if ((await stat(file).catch(() => null)) !== null)
    throw new ReelburstError("SOURCE_UNREADABLE", "Films are made of .md and .txt files.", {
      path: source,
      hint: "Save the text as Markdown or plain text; a production is for the render command.",
    });
  return topicSource(source);
}

/** Of a feed its newest entry. */
async function readAddress(url: string, tools: FetchTools): Promise<SourceText> {
  const page = await fetchPage(url, tools);
  if (page.kind === "article") return page.source;
  const [entry] = page.feed.entries;
  if (entry === undefined)
    throw new ReelburstError("SOURCE_EMPTY", "The feed has no entries.", { path: url });
  return feedSource(page.feed, entry, page.url, tools);
}

/** Reddit's first post that has something to say; posts that are only a link are a topic. */
async function readReddit(
  wish: RedditWish,
  { reddit }: ContentConfig,
  tools: FetchTools,
): Promise<SourceText> {
  if (reddit === null)
    throw new ReelburstError("REDDIT_NOT_CONFIGURED", "Reddit wants an application's key.", {
      hint: "Set REDDIT_CLIENT_ID and REDDIT_CLIENT_SECRET.",
    });
  const posts = await redditPosts(wish, reddit, DEFAULT_FILTER, tools);
  const post = posts.find(({ text }) => text !== null) ?? posts[0];
  if (post === undefined)
    throw new ReelburstError("SOURCE_EMPTY", `r/${wish.subreddit} has no post that passes.`, {
      path: `r/${wish.subreddit}`,
    });
  return post;
}

async function drawStoryboard(
  { script, pictures, seconds }: StoryboardInput,
  folder: string,
  tempFolder: string,
  config: Config,
  signal: AbortSignal,
): Promise<string> {
  const pool = new RenderPool(1, {
    limits: DEFAULT_LIMITS,
    tempRoot: tempFolder,
    compileCache: compileCacheFolder(config),
  });
  const faces = createFaceLibrary();
  const frame = FRAMES[script.aspect];
  const segments = script.segments.slice(0, MOST_CELLS);
  try {
    const files: (string | null)[] = [];
    for (const [index, { id }] of segments.entries()) {
      const picture = pictures[index] ?? null;
      if (picture !== null && "file" in picture) files.push(path.join(folder, picture.file));
      else if (picture === null) files.push(null);
      else {
        const { plan, fonts } = planCard({
          card: resolveCard(cardFor(picture.card, script), "card", (font) => font),
          frame: { width: frame.width / 2, height: frame.height / 2 },
          language: script.language,
          faces,
          captioned: true,
          path: `segments[${index}].card`,
        });
        const outPath = path.join(tempFolder, `${id}.png`);
        const inputs = Object.fromEntries(fonts.map((font) => [font.sha256, font.path]));
        await pool.run("drawCard", { plan, inputs, outPath }, { signal });
        files.push(outPath);
      }
    }
    const total = seconds.reduce<number>((sum, one) => sum + (one ?? 0), 0);
    const { plan, fonts } = planStoryboard(
      {
        title: script.title,
        about: aboutOf(script, total),
        cells: segments.map((segment, index) => ({
          label: labelOf(script, segment, seconds[index] ?? null),
          words: segment.narration,
        })),
        frame,
        language: script.language,
      },
      faces,
    );
    const outPath = path.join(folder, "storyboard.png");
    const inputs = Object.fromEntries(fonts.map((font) => [font.sha256, font.path]));
    await pool.run("drawStoryboard", { plan, pictures: files, inputs, outPath }, { signal });
    return outPath;
  } finally {
    await pool.close();
  }
}

function aboutOf({ segments, aspect, language, length }: Script, seconds: number): string {
  const parts = [`${segments.length} segments`, aspect, language, length];
  return [...parts, ...(seconds > 0 ? [`${seconds.toFixed(0)} s`] : [])].join("  ·  ");
}

function labelOf({ voices }: Script, segment: Script["segments"][number], seconds: number | null): string {
  const several = Object.keys(voices).length > 1;
  return [segment.id, seconds === null ? null : `${seconds.toFixed(1)} s`, several ? segment.speaker : null]
    .filter((part) => part !== null)
    .join("  ·  ");
}
