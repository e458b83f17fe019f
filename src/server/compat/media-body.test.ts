import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import { Readable } from "node:stream";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type MediaBody, readMediaBody } from "./media-body.ts";

let root: string;
beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), "reelburst-body-"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

const LIMITS = { maxFileBytes: 100_000, maxBodyBytes: 300_000 };

async function read(
  text: string | Buffer,
  cuts: readonly number[] = [],
  limits = LIMITS,
): Promise<MediaBody> {
  const bytes = Buffer.from(text);
  const folder = await mkdtemp(path.join(root, "one-"));
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  const parts = at.slice(1).map((end, index) => bytes.subarray(at[index], end));
  return readMediaBody(Readable.from(parts.filter((part) => part.length > 0)), {
    fields: ["picture", "sound"],
    folder,
    ...limits,
  });
}

async function fileOf(body: MediaBody, field: string): Promise<Buffer> {
  return readFile(body.files.get(field)?.path ?? "missing");
}

const code = (promise: Promise<unknown>) =>
  promise.then(
    () => "no error",
    (error: { code: string }) => error.code,
  );

describe("files in a JSON body", () => {
  test("come out byte for byte, however the body is cut", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ maxLength: 600 }),
        fc.uint8Array({ minLength: 1, maxLength: 50 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        async (picture, sound, cuts) => {
          const [one, two] = [picture, sound].map((bytes) => Buffer.from(bytes).toString("base64"));
          const json = {
            a: 'q"\\u',
            picture: one,
            deep: { picture: "kept", list: ["]", "}"] },
            sound: two,
            z: 1,
          };
          const body = await read(JSON.stringify(json), cuts);
          expect(body.json).toEqual({ ...json, picture: null, sound: null });
          expect((await fileOf(body, "sound")).equals(Buffer.from(sound))).toBe(true);
          if (picture.length === 0) expect(body.files.has("picture")).toBe(false);
          else expect((await fileOf(body, "picture")).equals(Buffer.from(picture))).toBe(true);
        },
      ),
      { numRuns: 60 },
    );
  });

  test.for([
    ["a data: URL", "data:image/png;charset=x;base64,QUJD", "ABC"],
    ["PHP's slashes", "Pz8\\/Pz8\\u002f", "??????"],
    ["wrapped lines", "QUJD\\nREVG\\r\\n", "ABCDEF"],
    ["no padding", "QUI", "AB"],
    ["padding", "QQ==", "A"],
  ] as const)("tolerates %s, at every cut", async ([, text, expected]) => {
    const json = `{"picture":"${text}"}`;
    for (let cut = 0; cut < json.length; cut += 1) {
      expect((await fileOf(await read(json, [cut]), "picture")).toString("latin1"), String(cut)).toBe(
        expected,
      );
    }
  });

  test.for([
    ["a letter that is none", '{"picture":"QU*D"}', "BASE64_INVALID"],
    ["a path of the server", '{"picture":"/etc/pass.wd"}', "BASE64_INVALID"],
    ["a broken end", '{"picture":"QUJDR"}', "BASE64_INVALID"],
    ["text after the end", '{"picture":"QQ==QQ=="}', "BASE64_INVALID"],
    ["an escaped quote", '{"picture":"QUJD\\""}', "BASE64_INVALID"],
    ["data: without base64", '{"picture":"data:text/plain,abc"}', "BASE64_INVALID"],
    ["a field twice", '{"picture":"QUJD","picture":"QUJD"}', "BODY_INVALID"],
    ["the same field, spelled otherwise", '{"picture":"QUJD","pict\\u0075re":"QUJD"}', "BODY_INVALID"],
    ["a list", '["picture"]', "BODY_INVALID"],
    ["no end", '{"picture":"QUJD', "BODY_INVALID"],
    ["no JSON", '{"picture":"QUJD",}', "BODY_INVALID"],
    ["nothing", "", "BODY_INVALID"],
    ["a file over the limit", `{"picture":"${"QUJD".repeat(40_000)}"}`, "ASSET_TOO_LARGE"],
    ["a body over the limit", `{"x":1,${" ".repeat(300_000)}"y":1}`, "BODY_TOO_LARGE"],
    ["much text beside the files", `{"x":"${"a".repeat(270_000)}"}`, "BODY_TOO_LARGE"],
    ["an endless key", `{"${"a".repeat(270_000)}":1}`, "BODY_TOO_LARGE"],
  ] as const)("refuses %s", async ([, text, expected]) => {
    expect(await code(read(text))).toBe(expected);
    expect(await code(read(text, [3, 11, 40_000, 200_000]))).toBe(expected);
  });

  test("what is no string stays what it is, for the schema to refuse", async () => {
    const body = await read('{"picture":null,"sound":{"a":[1]}}');
    expect(body).toMatchObject({ json: { picture: null, sound: { a: [1] } } });
    expect(body.files.size).toBe(0);
  });

  test("memory does not grow with the body: 64 MB pass through in pieces", async () => {
    const folder = await mkdtemp(path.join(root, "large-"));
    const piece = Buffer.from("QUJD".repeat(16_384));
    let mostBytes = 0;
    function* parts(): Generator<Buffer> {
      yield Buffer.from('{"picture":"');
      for (let count = 0; count < 1024; count += 1) {
        yield Buffer.from(piece);
        mostBytes = Math.max(mostBytes, process.memoryUsage().arrayBuffers);
      }
      yield Buffer.from('"}');
    }
    const before = process.memoryUsage().arrayBuffers;
    const body = await readMediaBody(Readable.from(parts()), {
      fields: ["picture"],
      folder,
      maxFileBytes: 1e9,
      maxBodyBytes: 1e9,
    });
    expect(body.files.get("picture")?.sizeBytes).toBe(1024 * 16_384 * 3);
    expect(mostBytes - before).toBeLessThan(40e6);
    expect(await readdir(folder)).toEqual(["picture"]);
  });
});
