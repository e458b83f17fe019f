import { createHash } from "node:crypto";
import type { AgentInstall, LaunchRequest } from "../fleet.ts";
import type { AkashOptions, AkashProfile } from "./akash-options.ts";
import { microsForBlock } from "./block-price.ts";
import { groupNameOf } from "./group-name.ts";

/** The one service of a deployment. Its forwarded port is found by this name. */
export const SERVICE = "agent";

const NODE_IMAGE = "node:24-slim";

/**
 * What is to run, in Akash's stack definition language, version 2.0; as JSON, which is YAML, so that no text of ours can
 * be taken for syntax. A port other than 80 is forwarded as it is, under a number that the provider chooses: TLS ends
 * in the agent, not at the provider.
 * Source: akash.network, "Stack Definition Language".
 */
export function sdlOf(request: LaunchRequest, profile: AkashProfile, options: AkashOptions): string {
  const { boot } = request;
  const group = groupNameOf(request);
  const { cores, memoryGb, diskGb, maxHourly } = profile;
  return JSON.stringify({
    version: "2.0",
    services: {
      [SERVICE]: {
        ...programOf(boot.install, boot.port),
        env: environment(request),
        expose: [{ port: boot.port, as: boot.port, to: [{ global: true }] }],
      },
    },
    profiles: {
      compute: {
        [SERVICE]: {
          resources: {
            cpu: { units: cores },
            memory: { size: `${memoryGb}Gi` },
            storage: [{ size: `${diskGb}Gi` }],
          },
        },
      },
      placement: {
        [group]: {
          ...(options.signedByAnyOf.length > 0 && { signedBy: { anyOf: options.signedByAnyOf } }),
          pricing: { [SERVICE]: { denom: options.denom, amount: Number(microsForBlock(maxHourly)) } },
        },
      },
    },
    deployment: { [SERVICE]: { [group]: { profile: SERVICE, count: 1 } } },
  });
}

/** The key itself stays here: who reads the deployment can answer for the agent, but not command another one. */
function environment({ boot }: LaunchRequest): readonly string[] {
  const { agentKey, certificatePem, privateKeyPem, deadMan } = boot;
  return [
    `REELBURST_AGENT_KEY_SHA256=${createHash("sha256").update(agentKey).digest("hex")}`,
    `REELBURST_AGENT_CERTIFICATE=${certificatePem}`,
    `REELBURST_AGENT_PRIVATE_KEY=${privateKeyPem}`,
    `REELBURST_AGENT_IDLE_SECONDS=${deadMan.idleSeconds}`,
    `REELBURST_AGENT_LIFETIME_SECONDS=${deadMan.lifetimeSeconds}`,
  ];
}

function programOf(install: AgentInstall, port: number): object {
  const listen = `0.0.0.0:${port}`;
  switch (install.kind) {
    case "container":
      return { image: install.image, args: ["agent", "--listen", listen] };
    case "npm": {
      const name = `'${install.package.replaceAll("'", "'\\''")}'`;
      return {
        image: NODE_IMAGE,
        command: ["sh", "-c"],
        args: [`npm install --global --ignore-scripts ${name} && exec reelburst agent --listen ${listen}`],
      };
    }
  }
}
