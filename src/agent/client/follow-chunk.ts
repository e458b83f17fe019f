/** A chunk's events until its end, over as many connections as it takes. */
import { ReelburstError } from "../../support/errors.ts";
import type { ChunkDone, ChunkEvent } from "../protocol.ts";
import { type AgentConnection, parseJson } from "./connection.ts";

export interface FollowOptions {
  readonly signal: AbortSignal;
  readonly onFrames: (done: number, total: number) => void;
}

/** Witnesses of a chunk of minutes and its thumbnail are some hundred kilobytes. */
const MAX_LINE_BYTES = 16e6;

/** @throws ReelburstError what the chunk failed with; AGENT_SILENT, AGENT_CHUNK_UNKNOWN, AGENT_ANSWER_INVALID */
export function followChunk(
  connection: AgentConnection,
  id: string,
  { signal, onFrames }: FollowOptions,
): Promise<ChunkDone> {
  return connection.persist(async (heard) => {
    const { body } = await connection.send({ method: "GET", path: `/v1/chunks/${id}/events`, signal });
    heard();
    for await (const line of linesOf(body)) {
      heard();
      const event = parseJson(line) as ChunkEvent;
      switch (event.type) {
        case "frames":
          onFrames(event.done, event.total);
          break;
        case "heartbeat":
          break;
        case "done":
          return checked(event);
        case "failed":
          throw ReelburstError.fromJSON(event.error);
        default:
          // Of a later version that says more.
          event satisfies never;
      }
    }
    throw new ReelburstError("AGENT_UNREACHABLE", "The events broke off.", { retryable: true });
  }, signal);
}

async function* linesOf(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = "";
  for await (const piece of body) {
    const lines = (rest + decoder.decode(piece, { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    if (rest.length > MAX_LINE_BYTES)
      throw new ReelburstError("AGENT_ANSWER_INVALID", "The agent's line has no end.", { retryable: true });
    yield* lines;
  }
}

/** A rented machine is not quite ours: what the rest of the program reckons with is looked at first. */
function checked(event: ChunkDone): ChunkDone {
  const { facts } = event;
  const isRight =
    Number.isSafeInteger(event.sizeBytes) &&
    event.sizeBytes > 0 &&
    /^[0-9a-f]{64}$/.test(event.sha256) &&
    typeof event.thumbnail === "string" &&
    typeof facts === "object" &&
    facts !== null &&
    typeof facts.key === "string" &&
    [facts.frames, facts.captionFrames, facts.prepareMs, facts.paintMs, facts.encodeMs].every(
      Number.isFinite,
    ) &&
    Array.isArray(facts.witnesses) &&
    typeof facts.quality === "object" &&
    facts.quality !== null;
  if (isRight) return event;
  throw new ReelburstError("AGENT_ANSWER_INVALID", "The agent's facts about the chunk are none.", {
    retryable: true,
  });
}
