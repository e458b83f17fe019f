/** From what was said of a publication to what will be sent. Pure. */
import { hasErrors, type Issue } from "../spec/issue.ts";
import { parseLanguage } from "../spec/language.ts";
import { ReelburstError } from "../support/errors.ts";
import { chaptersOf } from "./chapters.ts";
import type { FilmPackage } from "./film-package.ts";
import { type PlatformWords, platformWords } from "./metadata.ts";
import type { FilmMetadata } from "./metadata-file.ts";
import type { PublishNotice, Visibility } from "./platform.ts";
import { type Approval, planRelease, type ReleasePlan } from "./release-plan.ts";

/** Everything the user says of a publication. What is undefined was not said. */
export interface PublishWish {
  /** Absolute: a film, or the folder of one. */
  readonly source: string;
  readonly to: "youtube" | "s3";
  readonly account: string;
  /** Absolute. */
  readonly metadataFile?: string | undefined;
  readonly title?: string | undefined;
  readonly description?: string | undefined;
  readonly tags?: readonly string[] | undefined;
  readonly language?: string | undefined;
  readonly category?: string | undefined;
  readonly visibility: Visibility;
  readonly schedule?: string | undefined;
  readonly approved: boolean;
  readonly madeForKids?: boolean | undefined;
  readonly syntheticMedia?: boolean | undefined;
  /** Absolute; false: none; undefined: the film's poster. */
  readonly thumbnail?: string | false | undefined;
  readonly captions: boolean;
  readonly chapters: boolean;
  readonly again: boolean;
  readonly videoId?: string | undefined;
  readonly storageUrl?: string | undefined;
  readonly replace: boolean;
}

/** People & Blogs: what YouTube itself takes when nothing is said. */
const DEFAULT_CATEGORY = "22";

/** A publication with every default filled in. */
export interface PreparedPublication {
  readonly film: FilmPackage;
  readonly words: PlatformWords;
  readonly release: ReleasePlan;
  readonly categoryId: string;
  readonly language: string | null;
  readonly thumbnail: string | null;
  readonly captions: readonly { readonly path: string; readonly language: string }[];
  readonly notices: readonly PublishNotice[];
}

/**
 * Flags win over the metadata file, which wins over the report.
 * @throws ReelburstError PUBLISH_TITLE, PUBLISH_DESCRIPTION, LANGUAGE_UNKNOWN and those of `planRelease`
 */
export function preparePublication(
  film: FilmPackage,
  metadata: FilmMetadata,
  wish: PublishWish,
  approval: Approval | null,
  nowMs: number,
): PreparedPublication {
  const chapters = wish.chapters ? chaptersOf(film.scenes, film.seconds ?? 0, metadata.chapters) : [];
  const { words, issues } = platformWords(
    {
      title: wish.title ?? metadata.title ?? film.title ?? "",
      description: wish.description ?? metadata.description ?? "",
      tags: wish.tags ?? metadata.tags ?? [],
    },
    chapters,
  );
  if (wish.to === "youtube") requireNoErrors(issues);
  const named = wish.language ?? metadata.language ?? null;
  const language = named === null ? null : requireLanguage(named);
  const release = planRelease(
    {
      visibility: wish.to === "youtube" ? wish.visibility : "private",
      schedule: wish.schedule ?? null,
      approved: wish.approved,
      madeForKids: wish.madeForKids ?? metadata.madeForKids ?? null,
      syntheticMedia: wish.syntheticMedia ?? metadata.syntheticMedia ?? null,
    },
    { sha256: film.sha256, approval },
    nowMs,
  );
  const notices: PublishNotice[] = issues.map(({ code, message, path: at, hint }) => ({
    code,
    message,
    path: at,
    hint,
  }));
  const categoryId = wish.category ?? metadata.category ?? DEFAULT_CATEGORY;
  const captions = wish.captions ? captionTracks(film, language, wish.to, notices) : [];
  if (wish.to === "youtube" && (release.madeForKids === null || release.syntheticMedia === null)) {
    notices.push({
      code: "PUBLISH_DECLARATIONS_OPEN",
      message:
        "Nothing is declared about children or synthetic media; YouTube asks for both before others see the video.",
      hint: "Say yes or no with --made-for-kids and --synthetic.",
    });
  }
  return {
    film,
    categoryId,
    language,
    words,
    release,
    thumbnail: wish.thumbnail === false ? null : (wish.thumbnail ?? film.poster),
    captions,
    notices,
  };
}

/** `film.srt` is of the film's language, where that is known and has no file of its own. */
function captionTracks(
  film: FilmPackage,
  language: string | null,
  to: PublishWish["to"],
  notices: PublishNotice[],
) {
  const tracks = film.captions.flatMap(({ path: file, language: tag }) =>
    tag === null ? [] : [{ path: file, language: tag }],
  );
  const plain = film.captions.find((each) => each.language === null);
  if (plain === undefined || tracks.some((each) => each.language === language)) return tracks;
  if (language !== null) return [...tracks, { path: plain.path, language }];
  if (tracks.length === 0 && to === "youtube") {
    notices.push({
      code: "PUBLISH_CAPTIONS_LANGUAGE",
      message: "The captions are not sent: nothing says in which language they are.",
      path: plain.path,
      hint: "Say it with --language or in the metadata file.",
    });
  }
  return tracks;
}

function requireNoErrors(issues: readonly Issue[]): void {
  const first = issues.find(({ severity }) => severity === "error");
  if (first === undefined || !hasErrors(issues)) return;
  throw new ReelburstError(first.code, first.message, { path: first.path, hint: first.hint });
}

function requireLanguage(text: string): string {
  const language = parseLanguage(text);
  if (language !== null) return language;
  throw new ReelburstError("LANGUAGE_UNKNOWN", `${JSON.stringify(text.slice(0, 40))} is no language.`, {
    path: "--language",
    hint: "Write a tag such as en, zh, pt-BR.",
  });
}
