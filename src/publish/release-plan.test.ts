import { describe, expect, it } from "vitest";
import { planRelease, type ReleaseWish } from "./release-plan.ts";

const NOW = Date.UTC(2026, 10, 21);
const FILM = { sha256: "a".repeat(64), approval: null };
const APPROVED = { ...FILM, approval: { sha256: FILM.sha256, by: "Ada", at: "2026-11-20T00:00:00Z" } };

function plan(changes: Partial<ReleaseWish>, film: Parameters<typeof planRelease>[1] = FILM) {
  const wish = {
    visibility: "private",
    schedule: null,
    approved: false,
    madeForKids: false,
    syntheticMedia: true,
  };
  return planRelease({ ...wish, ...changes } as ReleaseWish, film, NOW);
}

describe("planRelease", () => {
  it("lets what is private pass without a word", () => {
    expect(plan({ madeForKids: null, syntheticMedia: null })).toMatchObject({ visibility: "private" });
  });

  it.each(["unlisted", "public"] as const)("wants an approval for %s", (visibility) => {
    expect(() => plan({ visibility })).toThrow(expect.objectContaining({ code: "PUBLISH_APPROVAL_MISSING" }));
    expect(plan({ visibility, approved: true })).toMatchObject({ visibility });
    expect(plan({ visibility }, APPROVED)).toMatchObject({ visibility });
  });

  it("takes an approval for these very bytes only", () => {
    const other = { ...APPROVED, sha256: "b".repeat(64) };
    expect(() => plan({ visibility: "public" }, other)).toThrow(/other bytes/);
  });

  it.each(["madeForKids", "syntheticMedia"] as const)("wants %s said before others see it", (declaration) => {
    expect(() => plan({ visibility: "public", approved: true, [declaration]: null })).toThrow(
      expect.objectContaining({ code: "PUBLISH_DECLARATION_MISSING" }),
    );
  });

  it("schedules a private film, with an approval", () => {
    const schedule = "2026-12-01T18:00:00+01:00";
    expect(() => plan({ schedule })).toThrow(expect.objectContaining({ code: "PUBLISH_APPROVAL_MISSING" }));
    expect(plan({ schedule, approved: true })).toMatchObject({ publishAtMs: Date.UTC(2026, 11, 1, 17) });
  });

  it.each([
    ["2026-11-20T00:00:00Z", "private"],
    ["2026-12-01T18:00:00", "private"],
    ["2026-13-01T18:00:00Z", "private"],
    ["tomorrow", "private"],
    ["2026-12-01T18:00:00Z", "public"],
  ] as const)("refuses %s with %s", (schedule, visibility) => {
    expect(() => plan({ schedule, visibility, approved: true })).toThrow(
      expect.objectContaining({ code: "PUBLISH_SCHEDULE_INVALID" }),
    );
  });
});
