import axe from "axe-core";
import type { Page } from "playwright-core";

interface AxeResults {
  readonly violations: readonly {
    readonly id: string;
    readonly help: string;
    readonly nodes: readonly { readonly target: unknown; readonly failureSummary?: string }[];
  }[];
}

/** What is not accessible on the page, one line each: WCAG 2.2 AA and good practice. */
export async function accessibilityProblems(page: Page): Promise<string[]> {
  // The page's policy allows no foreign script: it is put in from outside.
  if (!(await page.evaluate("typeof axe !== 'undefined'"))) await page.evaluate(`${axe.source}; undefined`);
  const { violations } = (await page.evaluate("axe.run(document)")) as AxeResults;
  return violations.flatMap(({ id, help, nodes }) =>
    nodes.map(({ target, failureSummary }) => `${id}: ${help}: ${String(target)} ${failureSummary ?? ""}`),
  );
}
