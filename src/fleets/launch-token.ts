import { digestOf } from "../support/hash.ts";
import type { MachineOffer } from "./fleet.ts";

/**
 * The name under which a cloud knows one launch: the same lease, attempt, type and zone give the same token, anything
 * else another one. All four are needed: EC2 keeps tokens by zone (the same one in another zone launches a second
 * machine) and refuses one that comes with other parameters. 60 characters; EC2 allows 64.
 */
export function launchToken(leaseId: string, attempt: number, offer: MachineOffer): string {
  const { type, region, zone, market } = offer;
  return `rb-${digestOf({ leaseId, attempt, type, region, zone, market }).slice(0, 57)}`;
}
