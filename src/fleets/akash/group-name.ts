import { ReelburstError } from "../../support/errors.ts";

export interface DeploymentTags {
  readonly owner: string;
  readonly leaseId: string;
  readonly token: string;
}

const PART = /^[a-z0-9]+(?:-[a-z0-9]+)*$/;
const BETWEEN = "--";

/**
 * A deployment has no tags. The name of its group of machines is written to the chain by the very transaction that
 * creates it, and is ours to choose: it says whose it is, for which lease and by which launch.
 * @throws {ReelburstError} `CLOUD_REFUSED`.
 */
export function groupNameOf({ owner, leaseId, token }: DeploymentTags): string {
  const parts = [owner, leaseId, token];
  if (parts.every((part) => PART.test(part))) return parts.join(BETWEEN);
  throw new ReelburstError("CLOUD_REFUSED", "Akash can't name a deployment after this lease.", {
    hint: "Names of owners and leases are of small letters, digits and single dashes.",
  });
}

/** Null for a name that we have not made. */
export function tagsOf(groupName: string): DeploymentTags | null {
  const [owner, leaseId, token, ...rest] = groupName.split(BETWEEN);
  if (owner === undefined || leaseId === undefined || token === undefined || rest.length > 0) return null;
  return [owner, leaseId, token].every((part) => PART.test(part)) ? { owner, leaseId, token } : null;
}
