import path from "node:path";
import type { PublishEvent, PublishReport, PublishWish } from "../../app.ts";
import { readPublishSettings } from "../../config.ts";
import { formatBytes, formatPercent, formatSeconds } from "../../support/format.ts";
import { EXIT_CODES } from "../exit-codes.ts";
import { usageError } from "../failure.ts";
import { writeJsonLine } from "../present/json.ts";
import type { Session } from "../session.ts";
import { printable } from "../text/printable.ts";

type Answer = "yes" | "no";

export interface PublishFlags {
  readonly to?: "youtube" | "s3";
  readonly store?: string;
  readonly replace?: boolean;
  readonly metadata?: string;
  readonly title?: string;
  readonly description?: string;
  readonly tags?: string;
  readonly language?: string;
  readonly category?: string;
  readonly visibility: "private" | "unlisted" | "public";
  readonly schedule?: string;
  readonly approve?: boolean;
  readonly madeForKids?: Answer;
  readonly synthetic?: Answer;
  /** false: `--no-thumbnail`; undefined: neither was said. */
  readonly thumbnail?: string | false;
  readonly captions: boolean;
  readonly chapters: boolean;
  readonly account: string;
  readonly dryRun?: boolean;
  readonly again?: boolean;
  readonly videoId?: string;
  readonly device?: boolean;
  readonly withCaptions?: boolean;
  readonly by?: string;
}

/** A film to where it is seen; also the logins and approvals that this wants. */
export async function publishCommand(
  session: Session,
  what: string,
  object: string | undefined,
  flags: PublishFlags,
): Promise<number> {
  const app = await session.openApp();
  const publisher = await app.openPublisher(readPublishSettings());
  try {
    switch (what) {
      case "login":
        requireYouTube(object);
        return await login(session, publisher, flags);
      case "logout": {
        requireYouTube(object);
        const { revoked } = await publisher.logout(flags.account, session.stop.signal);
        if (session.json)
          writeJsonLine(session.context.stdout, { type: "loggedOut", account: flags.account, revoked });
        session.say([
          revoked
            ? "Logged out; Google has revoked the login."
            : "Logged out; Google did not know the login any more.",
        ]);
        return EXIT_CODES.success.code;
      }
      case "approve": {
        if (object === undefined)
          throw usageError("Nothing says which film to approve.", "Name it: publish approve film.mp4");
        const file = await publisher.approve(path.resolve(session.context.cwd, object), flags.by ?? "");
        if (session.json) writeJsonLine(session.context.stdout, { type: "approved", file });
        else session.print([file]);
        return EXIT_CODES.success.code;
      }
      default:
        if (object !== undefined)
          throw usageError(`There is no room for ${JSON.stringify(printable(object))}.`, "Name one film.");
        return await publish(session, publisher, wishOf(session, what, flags), flags.dryRun === true);
    }
  } finally {
    await publisher.close();
  }
}

type Publisher = Awaited<ReturnType<Awaited<ReturnType<Session["openApp"]>>["openPublisher"]>>;

async function publish(
  session: Session,
  publisher: Publisher,
  wish: PublishWish,
  dryRun: boolean,
): Promise<number> {
  const { context, json, stop } = session;
  const teller = tellerOf(session);
  const hooks = { signal: stop.signal, emit: teller.emit };
  if (dryRun) {
    const report = await publisher.prepare(wish, hooks);
    if (json) writeJsonLine(context.stdout, { type: "prepared", result: report });
    else session.print(planLines(report, wish.to));
    return EXIT_CODES.success.code;
  }
  const report = await publisher.publish(wish, hooks);
  teller.end();
  const failed = report.youtube?.parts.filter(({ state }) => state === "failed") ?? [];
  if (json)
    writeJsonLine(context.stdout, { type: failed.length > 0 ? "partial" : "succeeded", result: report });
  for (const { part, error } of failed) {
    session.say([
      `${printable(part)} failed (${error?.code}): ${printable(error?.message ?? "")}`,
      ...(error?.hint === undefined ? [] : [`  ${printable(error.hint)}`]),
    ]);
  }
  if (failed.length > 0)
    session.say(["The video is up. Run the same command again for the rest; it is not uploaded twice."]);
  if (!json)
    session.print([report.youtube?.url ?? `${report.delivery?.location}/${report.delivery?.filmKey}`]);
  return failed.length > 0 ? EXIT_CODES.renderFailed.code : EXIT_CODES.success.code;
}

async function login(session: Session, publisher: Publisher, flags: PublishFlags): Promise<number> {
  const { context, json, stop } = session;
  const { file, scopes } = await publisher.login(
    flags.account,
    { device: flags.device === true, captions: flags.withCaptions === true },
    {
      signal: stop.signal,
      onUrl: (url) => {
        if (json) writeJsonLine(context.stdout, { type: "open", url });
        session.say(["Open this address in a browser of this machine and allow the upload:", url]);
      },
      onCode: ({ userCode, url, expiresInSeconds }) => {
        if (json) writeJsonLine(context.stdout, { type: "code", userCode, url, expiresInSeconds });
        session.say([
          `Open ${printable(url)} on any device and type ${printable(userCode)}. It is valid for ${formatSeconds(expiresInSeconds)}.`,
        ]);
      },
    },
  );
  if (json) writeJsonLine(context.stdout, { type: "loggedIn", account: flags.account, file, scopes });
  session.say([`Logged in. The login is kept in ${printable(file)}, readable by you only.`]);
  return EXIT_CODES.success.code;
}

function wishOf({ context }: Session, source: string, flags: PublishFlags): PublishWish {
  if (flags.to === undefined)
    throw usageError("Nothing says where to publish.", "Add --to youtube or --to s3.");
  const resolve = (file: string): string => path.resolve(context.cwd, file);
  const yes = (answer: Answer | undefined): boolean | undefined =>
    answer === undefined ? undefined : answer === "yes";
  return {
    source: resolve(source),
    to: flags.to,
    account: flags.account,
    metadataFile: flags.metadata === undefined ? undefined : resolve(flags.metadata),
    title: flags.title,
    description: flags.description,
    tags: flags.tags?.split(",").map((tag) => tag.trim()),
    language: flags.language,
    category: flags.category,
    visibility: flags.visibility,
    schedule: flags.schedule,
    approved: flags.approve === true,
    madeForKids: yes(flags.madeForKids),
    syntheticMedia: yes(flags.synthetic),
    thumbnail: typeof flags.thumbnail === "string" ? resolve(flags.thumbnail) : flags.thumbnail,
    captions: flags.captions,
    chapters: flags.chapters,
    again: flags.again === true,
    videoId: flags.videoId,
    storageUrl: flags.store,
    replace: flags.replace === true,
  };
}

function requireYouTube(object: string | undefined): void {
  if (object !== "youtube") throw usageError("Only YouTube has logins.", "Write: publish login youtube");
}

/** Events as JSON lines, or as words; on a terminal the progress redraws one line. */
function tellerOf({ context, json, say }: Session): { emit(event: PublishEvent): void; end(): void } {
  const live = context.stderr.isTTY === true && !json;
  let drawn = false;
  let lastTenth = -1;
  const clear = (): void => {
    if (drawn) context.stderr.write("\r\u001b[K");
    drawn = false;
  };
  const emit = (event: PublishEvent): void => {
    if (json) {
      writeJsonLine(context.stdout, { ...event, at: new Date(context.now()).toISOString() });
      return;
    }
    if (event.type === "progress") {
      const share = event.sentBytes / Math.max(1, event.totalBytes);
      const line = `${formatPercent(share)} of ${formatBytes(event.totalBytes)} sent`;
      const tenth = Math.floor(share * 10);
      if (live) context.stderr.write(`\r\u001b[K${line}`);
      else if (tenth !== lastTenth) say([line]);
      lastTenth = tenth;
      drawn = live;
      return;
    }
    clear();
    say(eventLines(event));
  };
  return { emit, end: clear };
}

function eventLines(event: Exclude<PublishEvent, { type: "progress" }>): string[] {
  switch (event.type) {
    case "step": {
      const words = { started: null, done: "sent", kept: "is there already", failed: "failed" }[event.state];
      return words === null ? [] : [`${printable(event.step)}: ${words}`];
    }
    case "retrying":
      return [`${printable(event.error.message)} Again in ${formatSeconds(event.delayMs / 1000)}.`];
    case "notice": {
      const { code, message, hint } = event.notice;
      return [`${printable(message)} (${code})`, ...(hint === undefined ? [] : [`  ${printable(hint)}`])];
    }
  }
}

function planLines(report: PublishReport, to: PublishWish["to"]): string[] {
  const { words, release, notices } = report;
  const said = (value: boolean | null): string => (value === null ? "not said" : value ? "yes" : "no");
  const block = (name: string, text: string): string[] =>
    text === "" ? [] : [name, ...text.split("\n").map((line) => `  ${printable(line)}`)];
  const when =
    release.publishAtMs === null ? "" : `, public at ${new Date(release.publishAtMs).toISOString()}`;
  return [
    `Film: ${printable(report.film)} (${formatBytes(report.sizeBytes)})`,
    `To: ${to}${to === "youtube" ? `, ${release.visibility}${when}` : ""}`,
    ...block("YouTube title", words.youtube.title),
    ...block("YouTube description", words.youtube.description),
    ...block("YouTube tags", words.youtube.tags.join(", ")),
    // A store gets the words for all of them beside the film; YouTube gets its own.
    ...(to === "youtube"
      ? []
      : [...block("Instagram", words.instagram.caption), ...block("TikTok", words.tiktok.caption)]),
    `Made for kids: ${said(release.madeForKids)}. Synthetic media: ${said(release.syntheticMedia)}.`,
    `Thumbnail: ${report.thumbnail === null ? "none" : printable(report.thumbnail)}`,
    `Captions: ${report.captions.map(({ language }) => language).join(", ") || "none"}`,
    ...notices.flatMap((notice) => eventLines({ type: "notice", notice })),
    "Nothing was sent.",
  ];
}
