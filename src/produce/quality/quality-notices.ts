import type { Notice } from "../events.ts";
import type { Finding, QualitySummary } from "./quality-report.ts";

/** Warnings are said at once, one for each kind; the rest is in the report. Pure. */
export function qualityNotices({ findings }: Pick<QualitySummary, "findings">): Notice[] {
  const byCode = Map.groupBy(
    findings.filter(({ severity }) => severity === "warning"),
    ({ code }) => code,
  );
  return [...byCode.values()].map((same): Notice => {
    const [{ code, message, hint }] = same as [Finding];
    const others = same.length - 1;
    const more = others === 0 ? "" : ` The report names ${others} more of its kind.`;
    return { code, message: `${message}${more}`, hint };
  });
}
