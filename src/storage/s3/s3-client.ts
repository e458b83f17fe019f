import type { S3Client } from "@aws-sdk/client-s3";
import type { ResolvedS3Options } from "./s3-options.ts";

/** The SDK, loaded when the first store is opened: it takes a noticeable part of a second. */
export interface S3Sdk {
  readonly s3: typeof import("@aws-sdk/client-s3");
  readonly upload: typeof import("@aws-sdk/lib-storage");
  readonly presigner: typeof import("@aws-sdk/s3-request-presigner");
}

export async function loadSdk(): Promise<S3Sdk> {
  const [s3, upload, presigner] = await Promise.all([
    import("@aws-sdk/client-s3"),
    import("@aws-sdk/lib-storage"),
    import("@aws-sdk/s3-request-presigner"),
  ]);
  return { s3, upload, presigner };
}

export interface S3Clients {
  readonly requests: S3Client;
  /** Signs only. Knows the address clients reach the store under. */
  readonly signing: S3Client;
}

export function createClients({ s3 }: S3Sdk, options: ResolvedS3Options): S3Clients {
  const common = {
    // Signatures need some region; stores of one's own mostly call theirs this.
    ...(options.region !== undefined && { region: options.region }),
    ...(options.region === undefined && options.endpoint !== undefined && { region: "us-east-1" }),
    forcePathStyle: options.pathStyle,
    ...(options.credentials && { credentials: withoutUndefined(options.credentials) }),
    maxAttempts: options.maxAttempts,
    requestHandler: { connectionTimeout: options.connectTimeoutMs, socketTimeout: options.idleTimeoutMs },
  };
  const publicEndpoint = options.publicEndpoint ?? options.endpoint;
  return {
    requests: new s3.S3Client({
      ...common,
      ...(options.endpoint !== undefined && { endpoint: options.endpoint }),
    }),
    signing: new s3.S3Client({
      ...common,
      ...(publicEndpoint !== undefined && { endpoint: publicEndpoint }),
      // Else the checksum of an empty body is signed into every upload's URL, which then takes nothing else.
      requestChecksumCalculation: "WHEN_REQUIRED",
      responseChecksumValidation: "WHEN_REQUIRED",
    }),
  };
}

function withoutUndefined<T extends object>(value: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return Object.fromEntries(entries) as { [K in keyof T]: Exclude<T[K], undefined> };
}
