import { ReelburstError } from "../support/errors.ts";

/** Several things can be wrong with a production at once; all of them are told. */
export class ProductionProblems extends ReelburstError {
  readonly problems: readonly ReelburstError[];

  constructor(problems: readonly ReelburstError[]) {
    const first = problems[0] as ReelburstError;
    super(
      first.code,
      problems.length === 1 ? first.message : `${problems.length} problems; the first: ${first.message}`,
      {
        path: first.path,
        hint: first.hint,
        retryable: problems.every((problem) => problem.retryable),
        cause: first,
      },
    );
    this.problems = problems;
  }
}
