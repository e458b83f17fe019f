/** The scene that all contenders make, as a production file and as a path. */
import { copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { PictureName } from "../options.ts";
import { FRAME, type ScenePath } from "../peers/scene-path.ts";

export const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const FPS = 30;
const ZOOM = 1.2;

const FILES: Readonly<Record<PictureName, string>> = {
  photograph: "photograph.jpg",
  illustration: "illustration.jpg",
  screenshot: "screenshot.png",
  slide: "slide.png",
};

export function pictureFile(name: PictureName): string {
  return path.join(ROOT, "bench/pictures", FILES[name]);
}

export function scenePath(seconds: number): ScenePath {
  return { frames: Math.round(seconds * FPS), to: ZOOM };
}

const LINES = [
  "Photographers call it the blue hour.",
  "It lasts about forty minutes,\nif the sky is clear.",
  "Then the windows take over.",
];

/** Three captions over the scene's length. */
export function subtitles(seconds: number): string {
  const stamp = (at: number): string => {
    const ms = Math.round(at * 1000);
    return `00:00:${String(Math.floor(ms / 1000)).padStart(2, "0")},${String(ms % 1000).padStart(3, "0")}`;
  };
  const each = seconds / LINES.length;
  return LINES.map(
    (line, index) =>
      `${index + 1}\n${stamp(index * each + 0.05 * each)} --> ${stamp((index + 1) * each - 0.05 * each)}\n${line}\n`,
  ).join("\n");
}

export const OUTPUT = { ...FRAME, fps: FPS, quality: "standard" } as const;

/** One captioned scene; without narration, so that filters and we do the same work. */
export function sceneProduction(picture: PictureName, seconds: number, subtitlesFile: string) {
  return {
    version: 1,
    output: OUTPUT,
    scenes: [
      {
        id: "scene",
        image: { src: pictureFile(picture), focus: { x: 0.5, y: 0.5 } },
        subtitles: { src: subtitlesFile },
        duration: seconds,
        motion: { effect: "zoomIn", amount: ZOOM - 1, easing: "linear" },
      },
    ],
  };
}

/** What the filter peers read under plain relative names. */
export const PEER_FILES = { subtitles: "scene.srt", fonts: "fonts" } as const;

export function writePeerFiles(folder: string, seconds: number): void {
  const inter = path.dirname(createRequire(import.meta.url).resolve("@expo-google-fonts/inter"));
  mkdirSync(path.join(folder, PEER_FILES.fonts), { recursive: true });
  copyFileSync(
    path.join(inter, "600SemiBold/Inter_600SemiBold.ttf"),
    path.join(folder, PEER_FILES.fonts, "inter.ttf"),
  );
  writeFileSync(path.join(folder, PEER_FILES.subtitles), subtitles(seconds));
}
