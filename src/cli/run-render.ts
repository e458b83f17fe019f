import type { App, RenderRequest } from "../app.ts";
import type { ProductionEvent, ProductionResult } from "../produce/events.ts";
import { ReelburstError, type SerializedError } from "../support/errors.ts";

export type RenderOutcome =
  | { readonly kind: "succeeded"; readonly result: ProductionResult }
  | { readonly kind: "failed"; readonly error: SerializedError; readonly problems: readonly SerializedError[]; readonly cause: unknown };

/**
 * One render, with the promise that `emit` gets exactly one ending event (`succeeded` or `failed`) and that
 * it is the last. What the app throws without saying so first is said here.
 */
export async function runRender(app: App, request: RenderRequest, signal: AbortSignal, emit: (event: ProductionEvent) => void): Promise<RenderOutcome> {
  let ending: Extract<ProductionEvent, { type: "succeeded" | "failed" }> | null = null;
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
    const failed =
      said?.type === "failed"
        ? said
        : ({ type: "failed", error: ReelburstError.from(thrown, "INTERNAL").toJSON(), problems: [] } as const);
    emit(failed);
    return { kind: "failed", error: failed.error, problems: failed.problems, cause: thrown };
  }
}
