/** Files of a request's body -> assets, by way of a folder that is gone when the request is. */
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Readable } from "node:stream";
import type { AssetStore } from "../../storage/asset-store.ts";
import { sleep } from "../../support/abort.ts";
import { ReelburstError } from "../../support/errors.ts";
import { createTempDir } from "../../support/temp-dir.ts";
import type { ServerDependencies } from "../dependencies.ts";
import type { MediaFile } from "./base64-file.ts";
import { type MediaBody, readMediaBody } from "./media-body.ts";
import { type PictureShape, pictureShape, SHAPE_BYTES } from "./picture-shape.ts";

export interface SpooledBody extends MediaBody {
  /** Keeps a field's file. @returns `asset:<sha256>` */
  keep(field: string): Promise<string | null>;
  shapeOf(field: string): Promise<PictureShape | null>;
}

export interface SpoolOptions {
  readonly fields: readonly string[];
  readonly maxBodyBytes: number;
}

/** The folder is removed when `use` has ended. */
export async function withSpooledBody<Result>(
  body: Readable,
  { spoolFolder, service, limits }: ServerDependencies,
  { fields, maxBodyBytes }: SpoolOptions,
  use: (spooled: SpooledBody) => Promise<Result>,
): Promise<Result> {
  const temp = await createTempDir(spoolFolder);
  try {
    const read = await readMediaBody(body, {
      fields,
      folder: temp.path,
      maxFileBytes: limits.maxAssetBytes,
      maxBodyBytes,
    });
    return await use({
      ...read,
      keep: async (field) => {
        const file = read.files.get(field);
        return file === undefined ? null : store(file, service.assets, limits.maxAssetBytes);
      },
      shapeOf: async (field) => {
        const file = read.files.get(field);
        return file === undefined ? null : pictureShape(await headOf(file.path));
      },
    });
  } finally {
    await temp.remove();
  }
}

const BUSY_TRIES = 100;
const BUSY_WAIT_MS = 100;

/** Scenes of one batch often share a picture or a watermark and come at the same time: then one of them waits. */
async function store(
  { path, sha256, sizeBytes }: MediaFile,
  assets: AssetStore,
  maxBytes: number,
): Promise<string> {
  for (let tries = 1; ; tries += 1) {
    const part = createReadStream(path);
    // Not read to its end when the asset is known.
    part.on("error", () => {});
    try {
      await assets.put(sha256, part, { start: 0, totalBytes: sizeBytes, maxBytes, keepPart: false });
      return `asset:${sha256}`;
    } catch (error) {
      const isBusy = error instanceof ReelburstError && error.code === "ASSET_BUSY";
      if (!isBusy || tries >= BUSY_TRIES) throw error;
      await sleep(BUSY_WAIT_MS);
    } finally {
      part.destroy();
    }
  }
}

async function headOf(path: string): Promise<Buffer> {
  const file = await open(path);
  try {
    const { bytesRead, buffer } = await file.read(Buffer.alloc(SHAPE_BYTES), 0, SHAPE_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}
