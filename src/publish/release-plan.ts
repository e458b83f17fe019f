/** Who may see a film and when, and whether somebody has agreed to it. Pure. */
import { ReelburstError } from "../support/errors.ts";
import type { Declarations, Visibility } from "./platform.ts";

export interface ReleaseWish extends Declarations {
  readonly visibility: Visibility;
  /** ISO 8601 with a time zone; the film becomes public then. */
  readonly schedule: string | null;
  /** Said with this very command. */
  readonly approved: boolean;
}

/** Somebody's agreement to one film; other bytes need another one. */
export interface Approval {
  /** Of the film. */
  readonly sha256: string;
  readonly by: string;
  /** ISO 8601. */
  readonly at: string;
}

export interface ReleasePlan extends Declarations {
  readonly visibility: Visibility;
  /** Milliseconds since the epoch. */
  readonly publishAtMs: number | null;
}

/**
 * Private needs nothing; whatever others can see needs an approval and both declarations, since nobody looks at it again
 * before they do.
 * @throws ReelburstError PUBLISH_SCHEDULE_INVALID, PUBLISH_APPROVAL_MISSING, PUBLISH_DECLARATION_MISSING
 */
export function planRelease(
  wish: ReleaseWish,
  film: { readonly sha256: string; readonly approval: Approval | null },
  nowMs: number,
): ReleasePlan {
  const publishAtMs = wish.schedule === null ? null : scheduleMs(wish.schedule, nowMs);
  if (publishAtMs !== null && wish.visibility !== "private") {
    throw new ReelburstError(
      "PUBLISH_SCHEDULE_INVALID",
      `A scheduled film stays private until then; it can't be ${wish.visibility} at once.`,
      { path: "--schedule", hint: "Leave out --visibility, or --schedule." },
    );
  }
  const { visibility, madeForKids, syntheticMedia } = wish;
  const plan = { visibility, publishAtMs, madeForKids, syntheticMedia };
  if (visibility === "private" && publishAtMs === null) return plan;
  const seen = publishAtMs === null ? visibility : "public at that time";
  if (!wish.approved && film.approval?.sha256 !== film.sha256) {
    const stale = film.approval !== null;
    throw new ReelburstError(
      "PUBLISH_APPROVAL_MISSING",
      `To be ${seen} the film needs an approval${stale ? "; the one that is there is for other bytes" : ""}.`,
      {
        path: "--approve",
        hint: 'Look at the film, then add --approve, or have "publish approve" record it beside the film.',
      },
    );
  }
  if (madeForKids === null || syntheticMedia === null) {
    throw new ReelburstError(
      "PUBLISH_DECLARATION_MISSING",
      `To be ${seen} the film needs both declarations: made for kids, synthetic media.`,
      {
        path: madeForKids === null ? "--made-for-kids" : "--synthetic",
        hint: "Say yes or no with --made-for-kids and --synthetic, or in the metadata file.",
      },
    );
  }
  return plan;
}

function scheduleMs(text: string, nowMs: number): number {
  const invalid = (message: string): ReelburstError =>
    new ReelburstError("PUBLISH_SCHEDULE_INVALID", message, {
      path: "--schedule",
      hint: "Write a time to come, with its zone: 2027-01-31T18:00:00+01:00.",
    });
  // Without a zone it would mean another moment on every machine.
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:\d{2})$/.test(text))
    throw invalid(`${JSON.stringify(text.slice(0, 40))} is no time with a zone.`);
  const at = Date.parse(text);
  if (Number.isNaN(at)) throw invalid(`${JSON.stringify(text)} does not exist.`);
  if (at <= nowMs) throw invalid(`${text} is past.`);
  return at;
}
