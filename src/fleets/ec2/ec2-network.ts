import type { Filter } from "@aws-sdk/client-ec2";
import { ReelburstError } from "../../support/errors.ts";
import { type CallContext, callAgain } from "./ec2-call.ts";
import type { Ec2Clients, Ec2Sdk } from "./ec2-clients.ts";
import { codeOf } from "./ec2-error.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { OWNER_TAG } from "./launch-parameters.ts";

export interface NetworkContext extends CallContext {
  readonly sdk: Ec2Sdk;
  readonly clients: Ec2Clients;
  readonly options: Ec2Options;
}

/** A group of one owner is named after it and tagged with it; only the tag counts. */
const groupName = (owner: string): string => `reelburst-${owner}`;

const ownerFilter = (owner: string): Filter[] => [{ Name: `tag:${OWNER_TAG}`, Values: [owner] }];

/**
 * The security group of this owner, made when there is none: the agent's port, from our address, and nothing else.
 * Another process may make it at the same moment; the name is unique in a VPC, and who comes second takes the first's.
 */
export async function ensureGroup(context: NetworkContext, owner: string, port: number): Promise<string> {
  const { sdk, options } = context;
  if (options.securityGroupId !== null) return options.securityGroupId;
  const cidr = options.ingressCidr;
  if (cidr === null) {
    throw new ReelburstError(
      "INGRESS_UNKNOWN",
      "It is not known from which address the machines will be reached.",
      {
        hint: "Set the pool's ingress to your public address (203.0.113.7/32), or name a security group.",
      },
    );
  }
  const client = context.clients.ec2(options.region);
  const groupId = (await findGroup(context, owner)) ?? (await createGroup(context, owner));
  const permission = { IpProtocol: "tcp", FromPort: port, ToPort: port, IpRanges: [{ CidrIp: cidr }] };
  const authorize = new sdk.ec2.AuthorizeSecurityGroupIngressCommand({
    GroupId: groupId,
    IpPermissions: [permission],
  });
  await callAgain(context, () => client.send(authorize).catch(unless("InvalidPermission.Duplicate")));
  return groupId;
}

async function createGroup(context: NetworkContext, owner: string): Promise<string> {
  const { sdk, clients, options } = context;
  const create = new sdk.ec2.CreateSecurityGroupCommand({
    GroupName: groupName(owner),
    Description: "Reelburst: the agent's port, from the controller's address",
    TagSpecifications: [{ ResourceType: "security-group", Tags: [{ Key: OWNER_TAG, Value: owner }] }],
  });
  const made = await callAgain(context, () =>
    clients.ec2(options.region).send(create).catch(unless("InvalidGroup.Duplicate")),
  );
  const id = made?.GroupId ?? (await findGroup(context, owner));
  if (id === null) {
    throw new ReelburstError(
      "CLOUD_REFUSED",
      `There is a security group ${groupName(owner)} that is not ours.`,
      {
        hint: "Rename or remove it, or name a security group for the pool.",
      },
    );
  }
  return id;
}

async function findGroup(
  { sdk, clients, options, clock, random }: NetworkContext,
  owner: string,
): Promise<string | null> {
  const command = new sdk.ec2.DescribeSecurityGroupsCommand({ Filters: ownerFilter(owner) });
  const answer = await callAgain({ clock, random }, () => clients.ec2(options.region).send(command));
  const ours = answer.SecurityGroups?.find(({ Tags }) =>
    Tags?.some(({ Key, Value }) => Key === OWNER_TAG && Value === owner),
  );
  return ours?.GroupId ?? null;
}

/** Removes the owner's group. A machine that still uses it keeps it; another time, then. */
export async function removeGroup(context: NetworkContext, owner: string): Promise<void> {
  const { sdk, clients, options } = context;
  if (options.securityGroupId !== null) return;
  const groupId = await findGroup(context, owner);
  if (groupId === null) return;
  const command = new sdk.ec2.DeleteSecurityGroupCommand({ GroupId: groupId });
  await callAgain(context, () =>
    clients.ec2(options.region).send(command).catch(unless("DependencyViolation", "InvalidGroup.NotFound")),
  );
}

/** The image that a public parameter names today, or the one that was configured. */
export async function findImage(context: NetworkContext): Promise<string> {
  const { sdk, clients, options } = context;
  if ("imageId" in options.image) return options.image.imageId;
  const name = options.image.ssmParameter;
  const command = new sdk.ssm.GetParameterCommand({ Name: name });
  const answer = await callAgain(context, () => clients.ssm(options.region).send(command));
  const image = answer.Parameter?.Value;
  if (image === undefined || !/^ami-/.test(image)) {
    throw new ReelburstError("IMAGE_UNKNOWN", `${name} names no image in ${options.region}.`);
  }
  return image;
}

function unless(...codes: readonly string[]): (thrown: unknown) => null {
  return (thrown) => {
    if (codes.includes(codeOf(thrown))) return null;
    throw thrown;
  };
}
