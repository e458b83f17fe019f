/** A chunk from the agent's disk to ours: as long as was said, byte for byte what was said, or not there. */
import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import { ReelburstError } from "../../support/errors.ts";
import { writeError } from "../../support/file-errors.ts";
import type { ChunkDone } from "../protocol.ts";
import type { AgentConnection } from "./connection.ts";

const ATTEMPTS = 3;

/** @throws ReelburstError AGENT_OUTPUT_DAMAGED, AGENT_SILENT, AGENT_CHUNK_UNKNOWN, DISK_FULL */
export async function fetchOutput(
  connection: AgentConnection,
  id: string,
  done: Pick<ChunkDone, "sizeBytes" | "sha256">,
  outPath: string,
  signal: AbortSignal,
): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    if (await fetchOnce(connection, id, done, outPath, signal)) return;
    await rm(outPath, { force: true });
    if (attempt >= ATTEMPTS)
      throw new ReelburstError("AGENT_OUTPUT_DAMAGED", `The chunk arrived damaged ${ATTEMPTS} times.`, {
        retryable: true,
      });
  }
}

/** @returns whether what came is what was announced */
async function fetchOnce(
  connection: AgentConnection,
  id: string,
  { sizeBytes, sha256 }: Pick<ChunkDone, "sizeBytes" | "sha256">,
  outPath: string,
  signal: AbortSignal,
): Promise<boolean> {
  const hash = createHash("sha256");
  const file = await onDisk(open(outPath, "w"), outPath);
  let received = 0;
  try {
    // What came over a connection that broke is kept: the next one goes on behind it.
    await connection.persist(async (heard) => {
      if (received >= sizeBytes) return;
      const { status, body } = await connection.send({
        method: "GET",
        path: `/v1/chunks/${id}/output`,
        headers: received === 0 ? {} : { range: `bytes=${received}-` },
        signal,
      });
      // Should the whole come where the rest was asked for, its beginning is passed over.
      let skip = status === 206 ? 0 : received;
      for await (const piece of body) {
        heard();
        const fresh = piece.subarray(skip);
        skip -= piece.length - fresh.length;
        hash.update(fresh);
        await onDisk(file.writeFile(fresh), outPath);
        received += fresh.length;
        if (received > sizeBytes) return;
      }
      if (received < sizeBytes) throw brokeOff();
    }, signal);
    return received === sizeBytes && hash.digest("hex") === sha256;
  } finally {
    await file.close();
  }
}

async function onDisk<Result>(work: Promise<Result>, outPath: string): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    throw writeError(error, outPath);
  }
}

function brokeOff(): ReelburstError {
  return new ReelburstError("AGENT_UNREACHABLE", "The chunk broke off.", { retryable: true });
}
