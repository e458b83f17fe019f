import { realpath } from "node:fs/promises";
import path from "node:path";
import { outputPaths } from "../produce/output-paths.ts";
import type { Production } from "../spec/production.ts";
import { ReelburstError } from "../support/errors.ts";
import { printable } from "./text/printable.ts";

/**
 * The first file that the render would write over one of its own inputs; null when there is none. A film
 * brings its captions, poster and report along: `harbour.mp4` beside `harbour.json` would replace the production.
 * @param sourceFiles the production file or files that may be it; absolute
 */
export async function overwrittenInput(
  output: string,
  production: Production,
  sourceFiles: readonly string[],
): Promise<string | null> {
  const { film, srt, vtt, poster, contactSheet, report, reportPage, sceneFile } = outputPaths(
    output,
    production,
  );
  const written = [film, srt, vtt, poster, contactSheet, report, reportPage];
  if (production.output.deliver !== "film") written.push(...production.scenes.map(({ id }) => sceneFile(id)));
  const identify = fileIdentity();
  const inputs = new Set<string>();
  for (const file of [...sourceFiles, ...inputFiles(production)]) inputs.add(await identify(file));
  for (const file of written) if (inputs.has(await identify(file))) return file;
  return null;
}

/** @throws ReelburstError OUTPUT_CONFLICT */
export async function refuseInputOverwrite(
  output: string,
  production: Production,
  sourceFiles: readonly string[],
): Promise<void> {
  const file = await overwrittenInput(output, production, sourceFiles);
  if (file === null) return;
  throw new ReelburstError(
    "OUTPUT_CONFLICT",
    `The render would write ${printable(file)}, which is one of its own inputs.`,
    {
      hint: "Choose another --output.",
    },
  );
}

function inputFiles({ scenes, soundtrack, watermark }: Production): string[] {
  const ofScenes = scenes.flatMap(({ image, video, card, audio, subtitles, captions }) => [
    image?.src,
    video?.src,
    card?.font,
    audio?.src,
    ...subtitles.flatMap((track) => [track.src, track.captions.font]),
    captions.font,
  ]);
  return [...ofScenes, soundtrack?.src, watermark?.src].filter((file) => typeof file === "string");
}

/** One name for one file: folders followed through links (each once), case ignored as some disks do. */
function fileIdentity(): (file: string) => Promise<string> {
  const folders = new Map<string, Promise<string>>();
  return async (file) => {
    const folder = path.dirname(file);
    const known = folders.get(folder) ?? realpath(folder).catch(() => folder);
    folders.set(folder, known);
    return path
      .join(await known, path.basename(file))
      .normalize("NFC")
      .toLowerCase();
  };
}
