/** A production's events over a line that may break: taken up where it broke, none twice, none missing. */
import { sleep } from "../support/abort.ts";
import { ReelburstError } from "../support/errors.ts";
import type { ServerClient } from "./server-client.ts";

export interface ServerEvent {
  readonly id: number;
  readonly type: string;
  /** ISO 8601. */
  readonly at: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** A server that is started anew takes some seconds. */
const PAUSES_MS = [250, 500, 1000, 2000, 4000, 8000, 8000, 8000];

/**
 * @param follow true: until the production has ended; false: what there is now
 * @throws ReelburstError SERVER_UNREACHABLE when it stays away, ABORTED
 */
export async function* productionEvents(
  client: ServerClient,
  id: string,
  { follow, signal }: { readonly follow: boolean; readonly signal: AbortSignal },
): AsyncGenerator<ServerEvent> {
  let after = 0;
  let failures = 0;
  for (;;) {
    let ended = false;
    try {
      const query = follow ? "" : "?follow=false";
      const response = await client.send("GET", `/v1/productions/${id}/events${query}`, {
        headers: { accept: "text/event-stream", ...(after === 0 ? {} : { "last-event-id": String(after) }) },
        signal,
      });
      for await (const event of parse(response)) {
        failures = 0;
        after = event.id;
        ended = ["succeeded", "failed", "canceled"].includes(
          event.type === "state" ? String(event.data["state"]) : event.type,
        );
        yield event;
      }
      // The server ends a stream after the production's end, and when it goes down.
      if (ended || !follow) return;
    } catch (error) {
      signal.throwIfAborted();
      const broken = ReelburstError.from(error);
      const mayHelp = ["SERVER_UNREACHABLE", "INTERNAL", "SERVER_DRAINING"].includes(broken.code);
      if (!mayHelp || failures >= PAUSES_MS.length) throw broken;
    }
    const pause = PAUSES_MS[Math.min(failures++, PAUSES_MS.length - 1)] ?? 0;
    await sleep(pause, { signal });
  }
}

async function* parse(response: Response): AsyncGenerator<ServerEvent> {
  if (response.body === null) return;
  let text = "";
  for await (const part of response.body.pipeThrough(new TextDecoderStream())) {
    text += part;
    const blocks = text.split("\n\n");
    text = blocks.pop() ?? "";
    for (const block of blocks) {
      const fields = new Map(
        block.split("\n").map((line): [string, string] => {
          const colon = line.indexOf(":");
          return [line.slice(0, colon), line.slice(colon + 1).trimStart()];
        }),
      );
      const data = fields.get("data");
      if (data === undefined) continue;
      const { type, at, ...rest } = JSON.parse(data) as Record<string, unknown>;
      yield { id: Number(fields.get("id") ?? 0), type: String(type), at: String(at), data: rest };
    }
  }
}
