import { linkSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { sha256File } from "../support/hash.ts";
import { InputMarks } from "./input-marks.ts";

let folder: string;
let font: string;
let marks: InputMarks;
beforeEach(async () => {
  folder = mkdtempSync(path.join(os.tmpdir(), "reelburst-marks-"));
  font = path.join(folder, "font.ttf");
  writeFileSync(font, "letters");
  // Long ago, so that a change within the clock's grain shows.
  utimesSync(font, 1e9, 1e9);
  marks = new InputMarks();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const refusal = { code: "INPUT_CHANGED", path: expect.stringContaining("font.ttf") };

describe("a file that was read before it was noted", () => {
  test("must still be what was read", async () => {
    const digest = await sha256File(font);
    await marks.noteAs(font, digest);
    await marks.requireUnchanged(font);
    writeFileSync(font, "LETTERS");
    await expect(new InputMarks().noteAs(font, digest)).rejects.toMatchObject(refusal);
    await expect(marks.requireUnchanged(font)).rejects.toMatchObject(refusal);
    rmSync(font);
    await expect(new InputMarks().noteAs(font, digest)).rejects.toMatchObject(refusal);
  });

  test("may be linked elsewhere meanwhile", async () => {
    await marks.noteAs(font, await sha256File(font));
    linkSync(font, path.join(folder, "in another project.ttf"));
    await marks.requireUnchanged(font);
  });

  test("is refused when it has changed under its old date", async () => {
    await marks.noteAs(font, await sha256File(font));
    writeFileSync(font, "LETTERS");
    utimesSync(font, 1e9, 1e9);
    await expect(marks.requireUnchanged(font)).rejects.toMatchObject(refusal);
  });
});

test("a picture that is written to is refused, one that was never noted is taken", async () => {
  await marks.requireUnchanged(font);
  await marks.note(font);
  writeFileSync(font, "more letters");
  await expect(marks.requireUnchanged(font)).rejects.toMatchObject(refusal);
});
