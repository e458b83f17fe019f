import type { FastifyBaseLogger } from "fastify";
import { ReelburstError } from "../support/errors.ts";

/** Whether there is room for another film. Says so in the log when that changes, once. */
export interface StorageWatch {
  isLow(): Promise<boolean>;
  /** @throws ReelburstError DISK_FULL */
  requireRoom(): Promise<void>;
}

export function createStorageWatch(
  freeBytes: () => Promise<number>,
  minBytes: number,
  log: Pick<FastifyBaseLogger, "warn" | "info">,
): StorageWatch {
  let wasLow = false;
  const isLow = async (): Promise<boolean> => {
    const free = await freeBytes();
    const low = free < minBytes;
    const facts = { freeMegabytes: Math.floor(free / 1e6), wantedMegabytes: Math.floor(minBytes / 1e6) };
    if (low && !wasLow) log.warn(facts, "the disk is nearly full: new productions are refused");
    if (!low && wasLow) log.info(facts, "the disk has room again");
    wasLow = low;
    return low;
  };
  return {
    isLow,
    requireRoom: async () => {
      if (!(await isLow())) return;
      throw new ReelburstError(
        "DISK_FULL",
        "The server's disk is nearly full; it takes no new productions.",
        {
          retryable: true,
          hint: "Free some space there, or have the server keep films for fewer days.",
        },
      );
    },
  };
}
