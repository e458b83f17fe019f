import { ProductionProblems } from "../../produce/problems.ts";
import { errorIssue } from "../../spec/issue.ts";
import { productionInput } from "../../spec/schema.ts";
import { linkSignals } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import { quotes } from "../contracts.ts";
import { InvalidProduction } from "../problem.ts";
import { localQuote } from "../views.ts";
import { onlyHeaders, requireObject } from "./productions.ts";
import { REFUSALS, type Routes, typed } from "./routes.ts";

/** What a production would take, pool by pool. */
export const quoteRoutes: Routes = (app, { service, draining }) => {
  let isBusy = false;
  typed(app).post(
    "/v1/quotes",
    {
      config: { scope: "write" },
      schema: {
        summary: "Open every source of a production and predict what each pool takes for it",
        tags: ["quotes"],
        body: productionInput,
        response: { 200: quotes, ...REFUSALS },
      },
      validatorCompiler: onlyHeaders,
    },
    async (request) => {
      const { production, issues } = await service.open(requireObject(request.body));
      if (production === null) throw new InvalidProduction(issues);
      if (isBusy) {
        // It decodes every sound, with as many processes as there are slots: one at a time is enough.
        throw new ReelburstError("QUOTES_BUSY", "Another quote is being made.", {
          retryable: true,
          hint: "Ask again in a moment.",
        });
      }
      isBusy = true;
      const gone = new AbortController();
      const onClose = (): void => gone.abort();
      request.raw.socket.once("close", onClose);
      const linked = linkSignals(draining, gone.signal);
      try {
        const plan = await service.plan(production, linked.signal);
        return {
          frames: plan.frames,
          seconds: plan.seconds,
          framesToRender: plan.framesToRender,
          quotes: [localQuote(plan.predictedSeconds, plan.predictedBasis)],
        };
      } catch (error) {
        throw asFindings(error, service.hide);
      } finally {
        isBusy = false;
        linked.unlink();
        request.raw.socket.off("close", onClose);
      }
    },
  );
};

/** What is wrong with a source shows only when it is opened; it is the production's fault, not the server's. */
function asFindings(thrown: unknown, hide: (text: string) => string): unknown {
  if (!(thrown instanceof ReelburstError)) return thrown;
  const problems = thrown instanceof ProductionProblems ? thrown.problems : [thrown];
  if (!problems.every(({ path }) => IN_DOCUMENT.test(path ?? ""))) return thrown;
  return new InvalidProduction(
    problems.map(({ code, message, path = "", hint }) =>
      errorIssue(code, hide(path), hide(message), hint === undefined ? undefined : hide(hint)),
    ),
  );
}

const IN_DOCUMENT = /^(?:scenes\[|soundtrack|watermark|defaults)/;
