/** How each stage's answers are kept: a header of JSON, and the sound or picture behind it. */
import type { Picture } from "../models/image.ts";
import type { Speech } from "../models/speech.ts";
import { type ScriptDraft, scriptDraft } from "../script.ts";
import type { AnswerCodec } from "./stored-answers.ts";

export const SCRIPT_ANSWERS: AnswerCodec<ScriptDraft> = {
  encode: (draft) => Buffer.from(JSON.stringify(draft)),
  decode: (bytes) => {
    const parsed = scriptDraft.safeParse(jsonOf(bytes));
    return parsed.success ? parsed.data : null;
  },
};

export const SPEECH_ANSWERS: AnswerCodec<Speech> = withBytes(
  ({ bytes, ...header }) => ({ header, bytes }),
  (header, bytes) => ({ ...(header as Omit<Speech, "bytes">), bytes }),
);

export const PICTURE_ANSWERS: AnswerCodec<Picture> = withBytes<Picture>(
  (picture) =>
    picture.kind === "card"
      ? { header: picture, bytes: new Uint8Array() }
      : { header: { kind: picture.kind, format: picture.format }, bytes: picture.bytes },
  (header, bytes) => {
    const known = header as Picture;
    return known.kind === "card" ? known : { ...known, bytes };
  },
);

function withBytes<Answer>(
  split: (answer: Answer) => { readonly header: object; readonly bytes: Uint8Array },
  join: (header: unknown, bytes: Uint8Array) => Answer,
): AnswerCodec<Answer> {
  return {
    encode: (answer) => {
      const { header, bytes } = split(answer);
      const text = Buffer.from(JSON.stringify(header));
      const size = Buffer.alloc(4);
      size.writeUInt32LE(text.length);
      return Buffer.concat([size, text, bytes]);
    },
    decode: (bytes) => {
      const data = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (data.length < 4) return null;
      const end = 4 + data.readUInt32LE(0);
      const header = end > data.length ? undefined : jsonOf(data.subarray(4, end));
      return typeof header === "object" && header !== null ? join(header, data.subarray(end)) : null;
    },
  };
}

function jsonOf(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString());
  } catch {
    return undefined;
  }
}
