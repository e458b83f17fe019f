import { createHash } from "node:crypto";
import { readFile, stat } from "node:fs/promises";
import path from "node:path";
import type { ObjectStore } from "../storage/object-store.ts";
import { ReelburstError } from "../support/errors.ts";
import type { FilmPackage } from "./film-package.ts";
import type { PublishHooks } from "./platform.ts";

/**
 * A film into an object store, under one folder: captions, poster and metadata first, the film last. Whoever finds
 * the film finds everything that belongs to it, and a delivery that was cut off shows as one without a film; the next run
 * sends what is missing. S3 has no transactions, so this order is all the atomicity there is: while a film is
 * replaced (`replace`), the old one stands beside new captions for a moment.
 */
export interface Delivery {
  /** Of the store. */
  readonly location: string;
  readonly filmKey: string;
  readonly objects: readonly DeliveredObject[];
}

export interface DeliveredObject {
  readonly key: string;
  readonly sizeBytes: number;
  /** `kept`: the store has these very bytes already. */
  readonly state: "sent" | "kept";
}

export interface DeliveryWish {
  /** What is said of the film, for every platform; becomes `metadata.json`. */
  readonly metadata: unknown;
  /** A film of other bytes under this name may be replaced. */
  readonly replace: boolean;
}

/** @throws ReelburstError PUBLISH_DELIVERY_EXISTS, PUBLISH_FILM_CHANGED and those of `ObjectStore.put` */
export async function deliverFilm(
  film: FilmPackage,
  store: ObjectStore,
  wish: DeliveryWish,
  hooks: PublishHooks,
): Promise<Delivery> {
  const { signal } = hooks;
  const folder = keyPart(film.base) || `film-${film.sha256.slice(0, 12)}`;
  const filmKey = `${folder}/film.mp4`;
  const there = await store.head(filmKey, { signal });
  if (there !== null && there.sha256 !== film.sha256 && !wish.replace) {
    throw new ReelburstError(
      "PUBLISH_DELIVERY_EXISTS",
      `${store.location} holds another film as ${filmKey}.`,
      { path: filmKey, hint: "Rename the film, deliver to another prefix, or add --replace." },
    );
  }
  const objects: DeliveredObject[] = [];
  const send = async (key: string, source: { readonly file: string } | Uint8Array, sha256: string) => {
    hooks.emit({ type: "step", step: key, state: "started" });
    const sizeBytes = source instanceof Uint8Array ? source.byteLength : (await stat(source.file)).size;
    const existing = await store.head(key, { signal });
    const same = existing?.sha256 === sha256;
    if (!same) await store.put(key, source, { signal, sizeBytes, sha256 });
    objects.push({ key, sizeBytes, state: same ? "kept" : "sent" });
    hooks.emit({ type: "step", step: key, state: same ? "kept" : "done" });
  };
  for (const file of film.sidecars) {
    // They are small: read once, so that what is hashed is what is sent.
    const bytes = await readFile(file);
    await send(sidecarKey(folder, film.base, file), bytes, digestOf(bytes));
  }
  const metadata = Buffer.from(`${JSON.stringify(wish.metadata, null, 2)}\n`);
  await send(`${folder}/metadata.json`, metadata, digestOf(metadata));
  const now = await stat(film.film);
  if (now.size !== film.sizeBytes || now.mtimeMs !== film.mtimeMs) throw filmChanged(film.film);
  // The store compares the digest while it takes the bytes: a film that changes on the way never appears.
  await send(filmKey, { file: film.film }, film.sha256);
  return { location: store.location, filmKey, objects };
}

export function filmChanged(film: string): ReelburstError {
  return new ReelburstError("PUBLISH_FILM_CHANGED", `${film} was written to while it was published.`, {
    path: film,
    hint: "Run again when nothing writes to it any more.",
  });
}

/** `My Film.en.srt` -> `my-film/film.en.srt`: all objects of a delivery are called `film`, as the keys' grammar is narrow. */
function sidecarKey(folder: string, base: string, file: string): string {
  return `${folder}/film${path.basename(file).slice(base.length).toLowerCase()}`;
}

function digestOf(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** Letters without a Latin form vanish; a name of nothing else gives way to the film's digest. */
function keyPart(name: string): string {
  return name
    .normalize("NFKD")
    .toLowerCase()
    .replace(/\p{M}+/gu, "")
    .replace(/[^a-z0-9]+/g, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 100);
}
