import type { Queryable } from "../../storage/database.ts";
import { addDelivery } from "../../webhooks/delivery-store.ts";
import type { WebhookEvent } from "../../webhooks/events.ts";
import type { ProductionRecord } from "../production-store.ts";

/** Called in the transaction that ends a production: whoever asked to be told is told exactly when it is so. */
export async function announceEnd(sql: Queryable, record: ProductionRecord, nowMs: number): Promise<void> {
  const webhook: unknown = record.document["webhook"];
  const url = (webhook as { url?: unknown } | null | undefined)?.url;
  const event = endingEvent(record, nowMs);
  if (typeof url !== "string" || event === null) return;
  // A retried production ends again, with another number.
  const id = `msg_${record.id}_${record.lastSequence}`;
  await addDelivery(sql, { id, productionId: record.id, url, event }, nowMs);
}

function endingEvent(record: ProductionRecord, nowMs: number): WebhookEvent | null {
  const timestamp = new Date(nowMs).toISOString();
  const metadata = record.document["metadata"];
  const subject = {
    productionId: record.id,
    title: record.title,
    metadata: (metadata ?? {}) as Record<string, unknown>,
  };
  switch (record.state) {
    case "succeeded": {
      const { result } = record;
      const film = result?.files.some(({ kind }) => kind === "film") === true;
      return {
        type: "production.succeeded",
        timestamp,
        data: {
          ...subject,
          url: film ? `/v1/productions/${record.id}/output` : null,
          seconds: result?.seconds ?? 0,
          sizeBytes: result?.sizeBytes ?? 0,
        },
      };
    }
    case "failed":
      return record.error === null
        ? null
        : { type: "production.failed", timestamp, data: { ...subject, error: record.error } };
    case "canceled":
      return { type: "production.canceled", timestamp, data: subject };
    default:
      return null;
  }
}
