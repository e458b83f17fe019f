import type { App, RenderRequest } from "../../app.ts";
import { type FakeContext, fakeResult } from "./fake-context.ts";

export interface FakeRenderer extends Partial<App> {
  /** What it was asked to render. */
  readonly requests: RenderRequest[];
}

/** An app that renders at once, or does what `behave` says. */
export function renderer(behave: (request: RenderRequest, number: number) => void = () => {}): FakeRenderer {
  const requests: RenderRequest[] = [];
  return {
    requests,
    render: async (request, { emit }) => {
      requests.push(request);
      emit({ type: "state", state: "rendering" });
      behave(request, requests.length);
      return fakeResult({ film: request.output });
    },
  };
}

/** An app that renders until it is stopped. */
export function endless(started: () => void): Partial<App> {
  return {
    render: (_request, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason as Error));
        started();
      }),
  };
}

export function jsonLines(context: FakeContext): Record<string, unknown>[] {
  return context.stdout.lines().map((line) => JSON.parse(line) as Record<string, unknown>);
}
