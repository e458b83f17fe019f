import { createHash } from "node:crypto";
import { open, rm } from "node:fs/promises";
import path from "node:path";
import { publishFile, temporaryBeside } from "../atomic-file.ts";
import { writeError } from "../file-errors.ts";
import { makeFolder } from "../make-folder.ts";
import type { Downloaded, DownloadOptions, SafeResponse } from "./contract.ts";
import { damaged } from "./response-body.ts";

/** The body of a successful answer as `filePath`, whole or not at all. */
export async function storeBody(
  response: SafeResponse,
  filePath: string,
  { sha256: expected, onBytes }: DownloadOptions,
): Promise<Downloaded> {
  const temporary = temporaryBeside(filePath);
  try {
    const { sizeBytes, sha256 } = await write(response, temporary, filePath, onBytes);
    const announced = announcedDigest(response.headers);
    if (expected !== undefined && expected !== sha256) throw damaged(response.url, "is not the file it was");
    if (announced !== null && announced !== sha256)
      throw damaged(response.url, "arrived with other content than its server announced");
    await publishFile(temporary, filePath);
    const { headers } = response;
    return {
      kind: "stored",
      url: response.url,
      sizeBytes,
      sha256,
      contentType: headers["content-type"] ?? null,
      etag: headers["etag"] ?? null,
      lastModified: headers["last-modified"] ?? null,
    };
  } finally {
    response.discard();
    await rm(temporary, { force: true }).catch(() => {});
  }
}

async function write(
  response: SafeResponse,
  temporary: string,
  filePath: string,
  onBytes: DownloadOptions["onBytes"],
): Promise<{ readonly sizeBytes: number; readonly sha256: string }> {
  const hash = createHash("sha256");
  let sizeBytes = 0;
  const disk = async <T>(work: Promise<T>): Promise<T> => {
    try {
      return await work;
    } catch (error) {
      throw writeError(error, filePath);
    }
  };
  await disk(makeFolder(path.dirname(filePath)));
  const file = await disk(open(temporary, "wx"));
  try {
    for await (const chunk of response.body) {
      hash.update(chunk);
      await disk(file.writeFile(chunk));
      sizeBytes += chunk.length;
      onBytes?.(sizeBytes, response.sizeBytes);
    }
  } finally {
    await file.close();
  }
  return { sizeBytes, sha256: hash.digest("hex") };
}

/** RFC 9530, for a body sent as it is. */
function announcedDigest(headers: Readonly<Record<string, string>>): string | null {
  if ((headers["content-encoding"] ?? "identity") !== "identity") return null;
  const field = headers["content-digest"] ?? headers["repr-digest"] ?? "";
  const match = /(?:^|[\s,])sha-256=:([A-Za-z0-9+/]{43}=):/.exec(field);
  return match?.[1] === undefined ? null : Buffer.from(match[1], "base64").toString("hex");
}
