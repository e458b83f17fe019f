/** Where the files of a production go. Pure. */
import path from "node:path";
import type { Production } from "../spec/production.ts";

export interface OutputPaths {
  readonly directory: string;
  readonly film: string;
  readonly srt: string;
  readonly vtt: string;
  readonly poster: string;
  readonly contactSheet: string;
  readonly report: string;
  readonly sceneFile: (sceneId: string) => string;
}

/** @param output absolute; a name ending in .mp4 is the film itself, anything else a folder */
export function outputPaths(output: string, production: Production): OutputPaths {
  const isFile = /\.mp4$/i.test(output);
  const directory = isFile ? path.dirname(output) : output;
  const base = isFile ? path.basename(output).replace(/\.mp4$/i, "") : slug(production.title) || "film";
  const beside = (suffix: string): string => path.join(directory, `${base}${suffix}`);
  const scenes = production.output.deliver === "scenes" && !isFile ? directory : beside("-scenes");
  return {
    directory,
    film: isFile ? output : beside(".mp4"),
    srt: beside(".srt"),
    vtt: beside(".vtt"),
    poster: beside(".poster.jpg"),
    contactSheet: beside(".contact-sheet.jpg"),
    report: beside(".json"),
    sceneFile: (sceneId) => path.join(scenes, `${sceneId}.mp4`),
  };
}

/** A title as a file name: letters and digits of any script, the rest becomes one dash. */
export function slug(title: string | null): string {
  return (title ?? "")
    .normalize("NFC")
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, "-")
    .replace(/^-+|-+$/g, "")
    .slice(0, 80);
}
