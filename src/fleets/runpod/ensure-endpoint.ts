import { ApiFailure, at, textAt } from "../rest/exchange.ts";
import type { Named, RunPodClient } from "./runpod-client.ts";
import type { RunPodOptions } from "./runpod-options.ts";

const TRIES = 3;

/**
 * The endpoint of this owner, created or reused. Looked for by its name before every try, so that a create whose answer
 * was lost is found and not repeated. An endpoint whose workers were set to none (RunPod does so after a week without
 * work, and jobs then wait for ever) gets them back.
 * @returns its id. @throws ApiFailure
 */
export async function ensureEndpoint(client: RunPodClient, options: RunPodOptions): Promise<string> {
  const name = `reelburst-${options.owner}`;
  const template = await findOrCreate(client, "templates", name, {
    name,
    imageName: options.image,
    isServerless: true,
    containerDiskInGb: options.diskGb,
    volumeInGb: 0,
    dockerStartCmd: ["runpod-worker"],
  });
  if (textAt(template.facts, "imageName") !== options.image) {
    await client.change("templates", template.id, { imageName: options.image });
  }
  const settings = {
    templateId: template.id,
    workersMin: 0,
    workersMax: options.workersMax,
    idleTimeout: options.idleTimeoutSeconds,
    executionTimeoutMs: options.executionTimeoutMs,
    scalerType: "QUEUE_DELAY",
    scalerValue: options.queueDelaySeconds,
  };
  const endpoint = await findOrCreate(client, "endpoints", name, {
    name,
    computeType: "GPU",
    gpuTypeIds: options.gpuTypeIds,
    gpuCount: 1,
    ...settings,
  });
  const differs = Object.entries(settings).some(([key, value]) => at(endpoint.facts, key) !== value);
  if (differs) await client.change("endpoints", endpoint.id, settings);
  return endpoint.id;
}

async function findOrCreate(
  client: RunPodClient,
  kind: "templates" | "endpoints",
  name: string,
  body: object,
): Promise<Named> {
  for (let attempt = 1; ; attempt++) {
    // RunPod adds " -fb" to the name of an endpoint that starts fast. Of several, everybody takes the same.
    const found = (await client.list(kind))
      .filter((other) => other.name === name || other.name === `${name} -fb`)
      .sort((a, b) => (a.id < b.id ? -1 : 1))[0];
    if (found !== undefined) return found;
    if (attempt > TRIES) throw new ApiFailure(null, `no ${kind} after creating one`);
    try {
      await client.create(kind, body);
    } catch (thrown) {
      if (!(thrown instanceof ApiFailure) || !thrown.isTransient) throw thrown;
    }
  }
}
