import type { RunInstancesCommandInput, Tag } from "@aws-sdk/client-ec2";
import type { LaunchRequest } from "../fleet.ts";
import type { Ec2Options } from "./ec2-options.ts";
import { userData } from "./user-data.ts";

export const OWNER_TAG = "reelburst:owner";
export const LEASE_TAG = "reelburst:lease";
const POOL_TAG = "reelburst:pool";

/** What is known of the account before a launch. */
export interface LaunchPlace {
  readonly imageId: string;
  readonly securityGroupId: string;
}

/**
 * A launch as frozen data. The same request gives the same parameters: EC2 compares all of them under one token.
 * Tags on machine and disk in this very call, or a reply that is lost leaves a machine that nobody recognises.
 */
export function launchParameters(
  request: LaunchRequest,
  place: LaunchPlace,
  options: Ec2Options,
): RunInstancesCommandInput {
  const { offer, token } = request;
  const subnetId = offer.zone === null ? undefined : options.subnets?.[offer.zone];
  const tags = tagsOf(request);
  return {
    ClientToken: token,
    ImageId: place.imageId,
    InstanceType: offer.type as NonNullable<RunInstancesCommandInput["InstanceType"]>,
    MinCount: 1,
    MaxCount: 1,
    // "stop", the default, would leave a disk that is billed for ever.
    InstanceInitiatedShutdownBehavior: "terminate",
    UserData: Buffer.from(userData(request.boot)).toString("base64"),
    BlockDeviceMappings: [
      {
        DeviceName: "/dev/xvda",
        Ebs: { VolumeSize: options.diskGb, VolumeType: "gp3", DeleteOnTermination: true, Encrypted: true },
      },
    ],
    // Version 2 only, one hop: what runs on the machine can't be talked into fetching its secrets.
    MetadataOptions: { HttpTokens: "required", HttpPutResponseHopLimit: 1, HttpEndpoint: "enabled" },
    TagSpecifications: [
      { ResourceType: "instance", Tags: tags },
      { ResourceType: "volume", Tags: tags },
      { ResourceType: "network-interface", Tags: tags },
    ],
    SecurityGroupIds: [place.securityGroupId],
    ...(subnetId !== undefined && { SubnetId: subnetId }),
    ...(options.keyName !== null && { KeyName: options.keyName }),
    ...(offer.zone !== null && { Placement: { AvailabilityZone: offer.zone } }),
    ...(offer.market === "spot" && {
      InstanceMarketOptions: {
        MarketType: "spot",
        SpotOptions: {
          SpotInstanceType: "one-time",
          InstanceInterruptionBehavior: "terminate",
          ...(options.maxSpotPrice !== null && { MaxPrice: options.maxSpotPrice }),
        },
      },
    }),
  };
}

export function tagsOf(request: Pick<LaunchRequest, "owner" | "leaseId" | "pool">): Tag[] {
  return [
    { Key: "Name", Value: `reelburst ${request.pool}` },
    { Key: OWNER_TAG, Value: request.owner },
    { Key: LEASE_TAG, Value: request.leaseId },
    { Key: POOL_TAG, Value: request.pool },
  ];
}
