import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";

/** What is counted, in Prometheus's terms. One registry for each server, so that tests do not share counts. */
export interface Metrics {
  readonly registry: Registry;
  readonly requests: Counter<"method" | "route" | "status">;
  readonly errors: Counter<"code">;
  readonly requestSeconds: Histogram<"method" | "route">;
  readonly receivedBytes: Counter;
  readonly sentBytes: Counter;
  readonly productionsEnded: Counter<"state">;
  readonly processingSeconds: Histogram<"state">;
  readonly productions: Gauge<"state">;
  readonly queueLength: Gauge;
  readonly diskFreeBytes: Gauge;
  readonly eventStreams: Gauge;
}

export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  // CPU, memory, descriptors and the event loop of this process: process_cpu_seconds_total and so on.
  collectDefaultMetrics({ register: registry });
  return {
    registry,
    requests: new Counter({
      name: "reelburst_http_requests_total",
      help: "Requests answered.",
      labelNames: ["method", "route", "status"],
      registers,
    }),
    errors: new Counter({
      name: "reelburst_errors_total",
      help: "Requests refused or failed, and productions failed, by code.",
      labelNames: ["code"],
      registers,
    }),
    requestSeconds: new Histogram({
      name: "reelburst_http_response_seconds",
      help: "From the request to the end of its answer, event streams left out.",
      labelNames: ["method", "route"],
      buckets: [0.005, 0.02, 0.1, 0.5, 2, 10, 30],
      registers,
    }),
    receivedBytes: new Counter({
      name: "reelburst_network_received_bytes_total",
      help: "Bytes of request bodies, as stated.",
      registers,
    }),
    sentBytes: new Counter({
      name: "reelburst_network_sent_bytes_total",
      help: "Bytes of answers' bodies, as stated.",
      registers,
    }),
    productionsEnded: new Counter({
      name: "reelburst_productions_ended_total",
      help: "Productions that ended here.",
      labelNames: ["state"],
      registers,
    }),
    processingSeconds: new Histogram({
      name: "reelburst_production_processing_seconds",
      help: "From a production's claim to its end.",
      labelNames: ["state"],
      buckets: [1, 5, 15, 60, 300, 900, 3600],
      registers,
    }),
    productions: new Gauge({
      name: "reelburst_productions",
      help: "Productions by state.",
      labelNames: ["state"],
      registers,
    }),
    queueLength: new Gauge({ name: "reelburst_queue_length", help: "Productions waiting.", registers }),
    diskFreeBytes: new Gauge({
      name: "reelburst_disk_free_bytes",
      help: "Free on the disk of the data folder.",
      registers,
    }),
    eventStreams: new Gauge({
      name: "reelburst_event_streams",
      help: "Event streams open.",
      registers,
    }),
  };
}
