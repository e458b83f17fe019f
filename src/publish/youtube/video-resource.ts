import type { YouTubeWords } from "../metadata.ts";
import type { ReleasePlan } from "../release-plan.ts";

export interface VideoSettings {
  readonly words: YouTubeWords;
  readonly release: ReleasePlan;
  readonly categoryId: string;
  /** BCP 47, of title and description; null: not said. */
  readonly language: string | null;
}

/** The `video` resource that an upload begins with. Pure. What was not said is not sent: no is another answer than nothing. */
export function videoResource({ words, release, categoryId, language }: VideoSettings): unknown {
  const { visibility, publishAtMs, madeForKids, syntheticMedia } = release;
  return {
    snippet: {
      title: words.title,
      description: words.description,
      tags: words.tags,
      categoryId,
      ...(language !== null && { defaultLanguage: language, defaultAudioLanguage: language }),
    },
    status: {
      // A time of publication is taken of private videos only.
      privacyStatus: publishAtMs === null ? visibility : "private",
      ...(publishAtMs !== null && { publishAt: new Date(publishAtMs).toISOString() }),
      ...(madeForKids !== null && { selfDeclaredMadeForKids: madeForKids }),
      ...(syntheticMedia !== null && { containsSyntheticMedia: syntheticMedia }),
    },
  };
}
