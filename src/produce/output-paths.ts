/** Where the files of a production go. Pure. */
import path from "node:path";
import type { Production } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import { languagesOf } from "./sidecars.ts";

/** Of one file name, in bytes; what ext4, APFS and NTFS all take. */
const MAX_NAME_BYTES = 255;
const CONTACT_SHEET = ".contact-sheet.jpg";
/** Room for a suffix; a title of 80 Chinese characters would leave none. */
const MAX_SLUG_BYTES = 200;

export interface OutputPaths {
  readonly directory: string;
  readonly film: string;
  readonly srt: string;
  readonly vtt: string;
  /** Of one language, where scenes have several tracks. */
  readonly captions: (language: string) => { readonly srt: string; readonly vtt: string };
  readonly poster: string;
  readonly contactSheet: string;
  readonly report: string;
  /** The report to look at. */
  readonly reportPage: string;
  readonly sceneFile: (sceneId: string) => string;
}

/**
 * @param output absolute; a name ending in .mp4 is the film itself, anything else a folder
 * @throws ReelburstError OUTPUT_NOT_WRITABLE when a name would be too long: known now, not after the render
 */
export function outputPaths(output: string, production: Production): OutputPaths {
  const isFile = /\.mp4$/i.test(output);
  const directory = isFile ? path.dirname(output) : output;
  const base = isFile ? path.basename(output).replace(/\.mp4$/i, "") : slug(production.title) || "film";
  const languages = languagesOf(production.scenes.map((scene) => scene.subtitles));
  const longest = Math.max(
    ...[CONTACT_SHEET, ...languages.map((tag) => `.${tag}.srt`)].map((end) => end.length),
  );
  if (Buffer.byteLength(base) + longest > MAX_NAME_BYTES) {
    throw new ReelburstError(
      "OUTPUT_NOT_WRITABLE",
      "The film's name is too long for the files that go with it.",
      {
        path: output,
        hint: `Choose a name of at most ${MAX_NAME_BYTES - longest} bytes.`,
      },
    );
  }
  const beside = (suffix: string): string => path.join(directory, `${base}${suffix}`);
  const scenes = production.output.deliver === "scenes" && !isFile ? directory : beside("-scenes");
  return {
    directory,
    film: isFile ? output : beside(".mp4"),
    srt: beside(".srt"),
    vtt: beside(".vtt"),
    captions: (language) => ({ srt: beside(`.${language}.srt`), vtt: beside(`.${language}.vtt`) }),
    poster: beside(".poster.jpg"),
    contactSheet: beside(CONTACT_SHEET),
    report: beside(".json"),
    reportPage: beside(".report.html"),
    sceneFile: (sceneId) => path.join(scenes, `${sceneId}.mp4`),
  };
}

/** A title as a file name: letters and digits of any script, the rest becomes one dash. */
export function slug(title: string | null): string {
  const letters = [
    ...(title ?? "")
      .normalize("NFC")
      .toLowerCase()
      .replace(/[^\p{L}\p{N}]+/gu, "-")
      .replace(/^-+/, ""),
  ].slice(0, 80);
  while (Buffer.byteLength(letters.join("")) > MAX_SLUG_BYTES) letters.pop();
  return letters.join("").replace(/-+$/, "");
}
