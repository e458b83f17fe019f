import { ReelburstError, type SerializedError } from "../../support/errors.ts";
import type { LaunchAnswer, RefusalScope } from "../fleet.ts";

/** EC2's codes that say for certain that a launch came to nothing, and how far that reaches. */
const REFUSALS: Readonly<Record<string, RefusalScope>> = {
  InsufficientInstanceCapacity: "zone",
  InsufficientHostCapacity: "zone",
  InsufficientFreeAddressesInSubnet: "zone",
  UnfulfillableCapacity: "zone",
  Unsupported: "zone",
  SpotMaxPriceTooLow: "zone",
  // Quotas are an account's in a region: other zones can't help, another family may.
  VcpuLimitExceeded: "type",
  InstanceLimitExceeded: "type",
  MaxSpotInstanceCountExceeded: "type",
};

const SPENT = new Set(["IdempotentInstanceTerminated", "IdempotentParameterMismatch"]);

const THROTTLED = new Set([
  "RequestLimitExceeded",
  "Throttling",
  "ThrottlingException",
  "EC2ThrottledException",
]);

/** The SDK corrects its clock by the answer's date; the next try is signed right. */
const SKEWED = new Set([
  "RequestExpired",
  "RequestTimeTooSkewed",
  "InvalidSignatureException",
  "SignatureDoesNotMatch",
]);

interface SdkError extends Error {
  readonly $fault?: string;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** EC2's own code, or Node's where there was no answer. */
export function codeOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return "Unknown";
  const { code } = thrown as { code?: unknown };
  return typeof code === "string" && thrown.name === "Error" ? code : thrown.name;
}

export function isThrottled(thrown: unknown): boolean {
  return THROTTLED.has(codeOf(thrown));
}

/** Whether a call that only reads, or that may be repeated, is worth repeating. */
export function isTransient(thrown: unknown): boolean {
  if (isThrottled(thrown) || SKEWED.has(codeOf(thrown))) return true;
  const status = statusOf(thrown);
  return status === undefined || status >= 500;
}

/** What a failed RunInstances means. In doubt "unknown": a machine too much is found by its token, never by luck. */
export function launchAnswerOf(thrown: unknown): Exclude<LaunchAnswer, { kind: "launched" }> {
  const code = codeOf(thrown);
  const error = toError(thrown).toJSON();
  if (SPENT.has(code)) return { kind: "spent", error };
  const scope = REFUSALS[code];
  // Before the status: missing capacity is a 500.
  if (scope !== undefined) return { kind: "refused", scope, error };
  if (isTransient(thrown)) return { kind: "unknown", error };
  return { kind: "refused", scope: "fleet", error };
}

export function toError(thrown: unknown): ReelburstError {
  if (thrown instanceof ReelburstError) return thrown;
  const code = codeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  const details = { retryable: isTransient(thrown), cause: thrown };
  if (
    /^(?:AuthFailure|UnauthorizedOperation|ExpiredToken|InvalidClientTokenId|CredentialsProviderError)/.test(
      code,
    )
  ) {
    return new ReelburstError("CLOUD_REFUSED", `EC2 refuses our credentials (${code}): ${text}`, {
      ...details,
      retryable: false,
      hint: "Renew the credentials, or grant the permissions listed in docs/guide/fleets.md.",
    });
  }
  if (REFUSALS[code] !== undefined) {
    return new ReelburstError("CAPACITY_UNAVAILABLE", `EC2 has no machine to give (${code}): ${text}`, {
      ...details,
      retryable: true,
    });
  }
  if (isTransient(thrown)) {
    return new ReelburstError(
      "CLOUD_UNAVAILABLE",
      `EC2 does not answer as it should (${code}): ${text}`,
      details,
    );
  }
  return new ReelburstError("CLOUD_REFUSED", `EC2 refuses (${code}): ${text}`, details);
}

export function serialize(thrown: unknown): SerializedError {
  return toError(thrown).toJSON();
}

function statusOf(thrown: unknown): number | undefined {
  return (thrown as SdkError | undefined)?.$metadata?.httpStatusCode;
}
