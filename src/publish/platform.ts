import type { SerializedError } from "../support/errors.ts";

/** Where a film can go, as the rooms above see it. Nothing here knows a network. */

export type Visibility = "private" | "unlisted" | "public";

/** What the maker says of a film because the platform, or a law, asks for it. null: not said. */
export interface Declarations {
  /** Made for children (COPPA): `selfDeclaredMadeForKids`. */
  readonly madeForKids: boolean | null;
  /** Realistic scenes that never happened, made or altered by a machine: `containsSyntheticMedia`. */
  readonly syntheticMedia: boolean | null;
}

/** What happens while a film is published; the CLI draws it, `--json` prints it. */
export type PublishEvent =
  | { readonly type: "progress"; readonly sentBytes: number; readonly totalBytes: number }
  | { readonly type: "step"; readonly step: string; readonly state: "started" | "done" | "kept" | "failed" }
  | { readonly type: "retrying"; readonly error: SerializedError; readonly delayMs: number }
  | { readonly type: "notice"; readonly notice: PublishNotice };

export interface PublishNotice {
  readonly code: string;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path?: string | undefined;
}

export interface PublishHooks {
  readonly signal: AbortSignal;
  readonly emit: (event: PublishEvent) => void;
}

/** What became of one part of a publication: the thumbnail, the captions of one language. */
export interface PublishedPart {
  /** `thumbnail`, `captions.en`. */
  readonly part: string;
  /** `kept`: done by an earlier run. */
  readonly state: "done" | "kept" | "failed";
  readonly error: SerializedError | null;
}
