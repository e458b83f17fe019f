/** A chunk from elsewhere is a stranger's file: a render process opens it before anything else relies on it. */
import type { TaskRunner } from "../../render/process/render-pool.ts";
import { ReelburstError } from "../../support/errors.ts";
import type { RemoteRunTools } from "./remote-runner.ts";

/** @param runner best a process of its own: those that render are busy for minutes */
export function chunkProbe(runner: Pick<TaskRunner, "run">): NonNullable<RemoteRunTools["probe"]> {
  return async (path, { plan }) => {
    const facts = await runner.run("probeVideo", { path }).catch((error: unknown) => {
      throw damaged("can't be read", error);
    });
    const { width, height } = plan.format;
    if (facts.frames !== plan.frameCount || facts.width !== width || facts.height !== height)
      throw damaged(`has ${facts.frames} frames of ${facts.width}x${facts.height}`);
    if (facts.codec !== plan.encoder.codec) throw damaged(`is ${facts.codec}`);
  };
}

function damaged(how: string, cause?: unknown): ReelburstError {
  return new ReelburstError("AGENT_OUTPUT_DAMAGED", `The chunk that the agent drew ${how}.`, {
    retryable: true,
    cause,
  });
}
