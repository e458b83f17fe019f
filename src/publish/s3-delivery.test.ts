import { appendFile, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeS3 } from "../../test/fakes/s3/fake-s3.ts";
import type { ObjectStore } from "../storage/object-store.ts";
import { openS3Store } from "../storage/s3/s3-object-store.ts";
import { parseStorageUrl } from "../storage/storage-url.ts";
import { systemClock } from "../support/clock.ts";
import { openFilmPackage } from "./film-package.ts";
import { deliverFilm } from "./s3-delivery.ts";
import { mp4Bytes } from "./testing/mp4-file.ts";

let folder: string;
let fake: FakeS3;
let store: ObjectStore;
const hooks = { signal: new AbortController().signal, emit: () => {} };

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), "reelburst-delivery-"));
  fake = new FakeS3("films");
  const target = parseStorageUrl(`s3://films/out?endpoint=${await fake.listen()}`);
  if (target.kind !== "s3") throw new Error("not S3");
  store = await openS3Store({ ...target, clock: systemClock, credentials: fake.credentials, maxAttempts: 1 });
  await writeFile(path.join(folder, "My Film.mp4"), mp4Bytes(200_000));
  await writeFile(path.join(folder, "My Film.EN.srt"), "1\n");
  await writeFile(path.join(folder, "My Film.poster.jpg"), "picture");
});

afterEach(async () => {
  await store.close();
  await fake.close();
  await rm(folder, { recursive: true, force: true });
});

const deliver = async (replace = false) =>
  deliverFilm(await openFilmPackage(folder), store, { metadata: { title: "A" }, replace }, hooks);
const puts = (): string[] =>
  fake.requests
    .filter((each) => each.startsWith("PUT"))
    .map((each) => (each.split("?")[0] ?? "").split("/").at(-1) ?? "");

describe("a delivery", () => {
  it("sends the film last, everything with its digest", async () => {
    const { filmKey, objects } = await deliver();
    expect(filmKey).toBe("my-film/film.mp4");
    expect(objects.map(({ key }) => key)).toEqual([
      "my-film/film.en.srt",
      "my-film/film.poster.jpg",
      "my-film/metadata.json",
      "my-film/film.mp4",
    ]);
    expect(puts()).toEqual(["film.en.srt", "film.poster.jpg", "metadata.json", "film.mp4"]);
    expect(JSON.parse(await text((await store.get("my-film/metadata.json")).stream))).toEqual({ title: "A" });
    const film = await readFile(path.join(folder, "My Film.mp4"));
    expect(fake.objects.get("out/my-film/film.mp4")?.body.equals(film)).toBe(true);
  });

  it("that broke off has no film, and sends only the rest when it is run again", async () => {
    fake.faults.push({ on: "PUT /films/out/my-film/film.mp4", times: 1, how: "500" });
    await expect(deliver()).rejects.toThrow(expect.objectContaining({ code: "STORAGE_UNAVAILABLE" }));
    expect(await store.head("my-film/film.mp4")).toBeNull();
    const { objects } = await deliver();
    expect(objects.map(({ state }) => state)).toEqual(["kept", "kept", "kept", "sent"]);
  });

  it("does not replace another film unless that is said", async () => {
    await deliver();
    await writeFile(path.join(folder, "My Film.mp4"), mp4Bytes(200_000));
    await expect(deliver()).rejects.toThrow(
      expect.objectContaining({ code: "PUBLISH_DELIVERY_EXISTS", path: "my-film/film.mp4" }),
    );
    expect((await deliver(true)).objects.at(-1)).toMatchObject({ state: "sent" });
  });

  it("of a film that was written to meanwhile stops before it", async () => {
    const film = await openFilmPackage(folder);
    await appendFile(film.film, "more");
    await expect(deliverFilm(film, store, { metadata: {}, replace: false }, hooks)).rejects.toThrow(
      expect.objectContaining({ code: "PUBLISH_FILM_CHANGED" }),
    );
    expect(await store.head("my-film/film.mp4")).toBeNull();
  });

  it("of a film without a Latin letter is named by its digest", async () => {
    await writeFile(path.join(folder, "港.mp4"), mp4Bytes(1000));
    const film = await openFilmPackage(path.join(folder, "港.mp4"));
    const { filmKey } = await deliverFilm(film, store, { metadata: {}, replace: false }, hooks);
    expect(filmKey).toBe(`film-${film.sha256.slice(0, 12)}/film.mp4`);
  });
});
