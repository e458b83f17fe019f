import type { Attempt } from "./fallback/attempt.ts";
import type { StageName } from "./models/provider.ts";
import type { FilmLength, FilmStyle } from "./models/text.ts";
import type { Look, Script } from "./script.ts";
import type { SourceText } from "./sources/source.ts";

export const ASPECTS = ["16:9", "9:16", "1:1", "4:5"] as const;
export type Aspect = (typeof ASPECTS)[number];

/** What the user wants a film of, and how. */
export interface Brief {
  readonly source: SourceText;
  readonly length: FilmLength;
  readonly style: FilmStyle;
  /** BCP 47; null: the source's own. */
  readonly language: string | null;
  /** For the first speaker, as the provider calls it. */
  readonly voice: string | null;
  readonly theme: Look["theme"];
  readonly aspect: Aspect;
  readonly pictureStyle: string;
}

export interface MakeNotice {
  readonly code: string;
  readonly message: string;
  readonly path?: string;
}

export type MakeEvent =
  | { readonly type: "stage"; readonly stage: StageName; readonly done: number; readonly total: number }
  | { readonly type: "attempt"; readonly attempt: Attempt }
  | { readonly type: "makeNotice"; readonly notice: MakeNotice };

/** Who made what of a film, and what it cost. */
export interface MakeReport {
  readonly title: string;
  readonly language: string;
  readonly segments: number;
  /** Of the voice; null before there is one. */
  readonly seconds: number | null;
  /** Providers that answered, in the order of their first answer. */
  readonly providers: Readonly<Record<StageName, readonly string[]>>;
  readonly attempts: readonly Attempt[];
  /** Millionths of a US dollar, as far as it is known. */
  readonly costMicros: number;
  /** Calls whose price nobody knows. */
  readonly unpricedCalls: number;
  /** Where word times come from. */
  readonly timing: readonly string[];
  readonly source: Script["source"];
  readonly notices: readonly MakeNotice[];
}
