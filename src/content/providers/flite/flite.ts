/** Sentences in, samples and phones out: one thread, started with the first sentence. */
import { Worker } from "node:worker_threads";
import { ReelburstError } from "../../../support/errors.ts";
import type { Phone } from "../../speech/align-phones.ts";
import { type Pcm, readWav } from "../../speech/pcm.ts";
import type { FliteOrder, FliteReply } from "./flite-worker.ts";

export interface Utterance extends Pcm {
  readonly phones: readonly Phone[];
}

export class Flite {
  readonly #tempFolder: string;
  readonly #waiting = new Map<
    number,
    { resolve: (reply: FliteReply) => void; reject: (error: Error) => void }
  >();
  #worker: Worker | null = null;
  #orders = 0;

  constructor(tempFolder: string) {
    this.#tempFolder = tempFolder;
  }

  async say(text: string, voice: string, stretch: number): Promise<Utterance> {
    const reply = await this.#order({ text, voice, stretch });
    if ("error" in reply)
      throw new ReelburstError("SPEECH_FAILED", `The offline voice failed: ${reply.error}`);
    const pcm = readWav(reply.wav);
    if (pcm === null) throw new ReelburstError("SPEECH_FAILED", "The offline voice gave no sound.");
    return { ...pcm, phones: parsePhones(reply.phones) };
  }

  async close(): Promise<void> {
    await this.#worker?.terminate();
    this.#worker = null;
  }

  #order(order: Omit<FliteOrder, "id">): Promise<FliteReply> {
    const id = ++this.#orders;
    this.#worker ??= this.#start();
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      worker.postMessage({ id, ...order });
    });
  }

  #start(): Worker {
    const worker = new Worker(new URL("./flite-worker.ts", import.meta.url), {
      workerData: { tempFolder: this.#tempFolder },
    });
    worker.unref();
    worker.on("message", (reply: FliteReply) => {
      this.#waiting.get(reply.id)?.resolve(reply);
      this.#waiting.delete(reply.id);
    });
    const gone = (error: Error): void => {
      this.#worker = null;
      for (const { reject } of this.#waiting.values()) reject(error);
      this.#waiting.clear();
    };
    worker.on("error", gone);
    worker.on("exit", () => gone(new ReelburstError("SPEECH_FAILED", "The offline voice was stopped.")));
    return worker;
  }
}

/** `pau:0.215 eh:0.312`: the numbers are where each ends. */
function parsePhones(printed: string): Phone[] {
  let start = 0;
  return printed
    .trim()
    .split(/\s+/)
    .filter((entry) => entry.includes(":"))
    .map((entry) => {
      const [name = "", end = "0"] = entry.split(":");
      const phone = { name, start, end: Number(end) };
      start = phone.end;
      return phone;
    });
}
