/** A stranger's page or feed, read in a thread of its own. No script of it runs and nothing it names is fetched. */
import { parentPort, workerData } from "node:worker_threads";
import { ReelburstError } from "../../support/errors.ts";
import { readArticle } from "./read-article.ts";
import { readFeed } from "./read-feed.ts";

export type PageOrder = { readonly kind: "article" | "feed"; readonly body: string; readonly url: string };

const { kind, body, url } = workerData as PageOrder;
try {
  parentPort?.postMessage({ result: kind === "article" ? readArticle(body, url) : readFeed(body) });
} catch (error) {
  parentPort?.postMessage({ error: ReelburstError.from(error, "SOURCE_UNREADABLE").toJSON() });
}
