import type { MigrationSet } from "./database.ts";

/** Steps of migration sets, one after the other, each under a name of its own. */
export function namedSteps(sets: readonly MigrationSet[]): { readonly name: string; readonly sql: string }[] {
  return sets.flatMap(({ name, steps }) =>
    steps.map((sql, index) => ({ name: `${name}-${index + 1}`, sql })),
  );
}
