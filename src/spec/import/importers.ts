import { editly } from "./editly/editly.ts";
import type { Importer } from "./importer.ts";
import { json2video } from "./json2video/json2video.ts";
import { shortVideoMaker } from "./short-video-maker/short-video-maker.ts";
import { shotstack } from "./shotstack/shotstack.ts";

export const IMPORTERS = {
  shotstack,
  json2video,
  editly,
  "short-video-maker": shortVideoMaker,
} as const satisfies Readonly<Record<string, Importer>>;

export type ImportFormat = keyof typeof IMPORTERS;
