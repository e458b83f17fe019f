import { z } from "zod";
import { ReelburstError } from "../../support/errors.ts";
import { readPrivateFile, writePrivateFile } from "../private-file.ts";

/** What is known of one film's way to one account, kept so that any later run goes on from it. Mode 0600. */
const recordSchema = z.object({
  version: z.literal(1),
  /** Of the film: lower-case hex. */
  sha256: z.string(),
  sizeBytes: z.number(),
  session: z
    .object({
      /** Whoever has it can go on with the upload, without a login. */
      uri: z.string(),
      startedAtMs: z.number(),
      title: z.string(),
      /** `digestOf` what the session was begun with; other words begin another. */
      resourceDigest: z.string(),
      /** Written before the last byte is sent: from then on there may be a video nobody has told us of. */
      lastByteSent: z.boolean(),
    })
    .nullable(),
  video: z
    .object({
      id: z.string(),
      channelId: z.string().nullable(),
      /** As YouTube confirmed it. */
      privacyStatus: z.string().nullable(),
      publishAt: z.string().nullable(),
      uploadedAtMs: z.number(),
    })
    .nullable(),
  /** Digest of the picture that was set. */
  thumbnail: z.string().nullable(),
  /** Digest of the file by language. */
  captions: z.record(z.string(), z.string()),
});

export type UploadRecord = z.infer<typeof recordSchema>;

export function newRecord(film: { readonly sha256: string; readonly sizeBytes: number }): UploadRecord {
  return {
    version: 1,
    sha256: film.sha256,
    sizeBytes: film.sizeBytes,
    session: null,
    video: null,
    thumbnail: null,
    captions: {},
  };
}

/**
 * null: nothing is known.
 * @throws ReelburstError PUBLISH_RECORD_DAMAGED: to begin anew over a record that can't be read could upload twice
 */
export async function readRecord(file: string): Promise<UploadRecord | null> {
  const text = await readPrivateFile(file);
  if (text === null) return null;
  try {
    const read = recordSchema.safeParse(JSON.parse(text));
    if (read.success) return read.data;
  } catch {
    // Said below.
  }
  throw new ReelburstError("PUBLISH_RECORD_DAMAGED", `${file} can't be read; it says what was uploaded.`, {
    path: file,
    hint: "Look in YouTube Studio whether the film is there; then run with --video-id, or with --again.",
  });
}

export async function writeRecord(file: string, record: UploadRecord): Promise<void> {
  await writePrivateFile(file, `${JSON.stringify(record, null, 2)}\n`);
}
