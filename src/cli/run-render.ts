import type { App, RenderRequest } from "../app.ts";
import type { ProductionEvent, ProductionResult } from "../produce/events.ts";
import { CommandFailure } from "./failure.ts";

export type RenderOutcome =
  | { readonly kind: "succeeded"; readonly result: ProductionResult }
  | { readonly kind: "failed"; readonly failure: CommandFailure };

type Ending = Extract<ProductionEvent, { type: "succeeded" | "failed" }>;

/**
 * One render, with the promise that `emit` gets exactly one ending event (`succeeded` or `failed`) and that
 * it is the last. What the app throws without saying so first is said here.
 */
export async function runRender(
  app: Pick<App, "render">,
  request: RenderRequest,
  signal: AbortSignal,
  emit: (event: ProductionEvent) => void,
): Promise<RenderOutcome> {
  let ending: Ending | null = null;
  const pass = (event: ProductionEvent): void => {
    if (ending !== null) return;
    if (event.type === "succeeded" || event.type === "failed") ending = event;
    else emit(event);
  };
  // Read through a function: the compiler can't see that `pass` assigns it.
  const heard = (): typeof ending => ending;
  try {
    const result = await app.render(request, { signal, emit: pass });
    emit({ type: "succeeded", result });
    return { kind: "succeeded", result };
  } catch (thrown) {
    const said = heard();
    if (said?.type === "succeeded") {
      // The film is published; what broke is the tidying up after it.
      const { message } = CommandFailure.from(thrown).error;
      emit({
        type: "notice",
        notice: { code: "CLEAN_UP_FAILED", message: `Cleaning up after the render failed: ${message}` },
      });
      emit(said);
      return { kind: "succeeded", result: said.result };
    }
    const failure = asFailure(thrown, said);
    emit({ type: "failed", error: failure.error, problems: failure.problems });
    return { kind: "failed", failure };
  }
}

/** What the app said counts, unless it had no name for it and the file system has. */
function asFailure(thrown: unknown, said: Ending | null): CommandFailure {
  if (said?.type !== "failed" || said.error.code === "INTERNAL") return CommandFailure.from(thrown);
  return new CommandFailure(said.error, said.problems, undefined, thrown);
}
