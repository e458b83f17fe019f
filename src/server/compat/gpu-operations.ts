/** The GPU worker's operations -> productions. Pure. */
import { z } from "zod";
import { safeFileName } from "./file-name.ts";
import { parseRequest } from "./parse-request.ts";
import type { OldRequest } from "./productions.ts";

const webUrl = z.url({ protocol: /^https?$/, error: "Expected an http or https URL." }).max(4096);
const frameRate = z.number().min(1).max(120);
const id = z.union([z.string().min(1).max(200), z.number()]).transform(String);
const filename = z.string().max(4096).nullish();
/** Ours, for videos of another shape: theirs kept the video's own size, which nobody knows before it is fetched. */
const size = {
  width: z.int().min(64).max(7680).nullish(),
  height: z.int().min(64).max(7680).nullish(),
  frame_rate: frameRate.nullish(),
};

const caption = z.object({
  operation: z.literal("caption"),
  url_video: webUrl,
  url_srt: webUrl,
  output_filename: filename,
  ...size,
});

const addAudio = z.object({
  operation: z.literal("addaudio"),
  url_video: webUrl,
  url_audio: webUrl,
  output_filename: filename,
  ...size,
});

const imagesToVideos = z.object({
  operation: z.literal("img2vid"),
  images: z
    .array(z.object({ id, image_url: webUrl, duracao: z.number().positive().max(21_600) }))
    .min(1)
    .max(10_000),
  ...size,
});

const operation = z.discriminatedUnion("operation", [caption, imagesToVideos, addAudio], {
  error: "Expected caption, img2vid or addaudio.",
});

export type GpuOperation = z.infer<typeof operation>;

export const GPU_OPERATIONS = ["caption", "img2vid", "addaudio"] as const;

/** What answers need of the request, kept with the job. */
export interface GpuJobFacts {
  readonly operation: GpuOperation["operation"];
  /** In the request's order; `id` as the caller named it. */
  readonly videos: readonly { readonly id: string; readonly sceneId: string; readonly filename: string }[];
}

export interface GpuPlan extends OldRequest {
  readonly facts: GpuJobFacts;
}

/** @param at the field of the body that holds the input; empty: the body itself. @throws ReelburstError REQUEST_INVALID */
export function parseOperation(input: unknown, at: string): GpuOperation {
  return parseRequest(operation, input, at);
}

/** Theirs: 1920 x 1080, at 24 where nothing was said. */
const SIZE = { width: 1920, height: 1080, frame_rate: 24 };
/** Theirs went from 1 to this in every scene, however long. */
const ZOOM = 1.324;

export function planOperation(
  request: GpuOperation,
  at: string,
  webhookUrl: string | null,
  metadata: Readonly<Record<string, unknown>>,
): GpuPlan {
  const prefix = at === "" ? "" : `${at}.`;
  const scenes = scenesOf(request);
  return {
    facts: {
      operation: request.operation,
      videos:
        request.operation === "img2vid"
          ? request.images.map((image, index) => ({
              id: image.id,
              sceneId: imageSceneId(index),
              filename: `${imageSceneId(index)}.mp4`,
            }))
          : [
              {
                id: "1",
                sceneId: "video",
                filename: safeFileName(request.output_filename ?? `${request.operation}.mp4`),
              },
            ],
    },
    rename: (path) => renamePath(path, prefix),
    document: {
      version: 1,
      title: request.operation,
      output: {
        width: request.width ?? SIZE.width,
        height: request.height ?? SIZE.height,
        fps: request.frame_rate ?? (request.operation === "img2vid" ? SIZE.frame_rate : 30),
        deliver: "scenes",
        loudness: null,
      },
      scenes,
      ...(webhookUrl === null ? {} : { webhook: { url: webhookUrl } }),
      metadata: { operation: request.operation, ...metadata },
    },
  };
}

function imageSceneId(index: number): string {
  return `video_${index + 1}`;
}

function scenesOf(request: GpuOperation): readonly Record<string, unknown>[] {
  const exact = { pad: { before: 0, after: 0 }, transition: "none" };
  const video = { fit: "contain", background: "#000000" };
  switch (request.operation) {
    case "caption":
      return [
        { ...exact, id: "video", video: { ...video, src: request.url_video }, subtitles: request.url_srt },
      ];
    case "addaudio":
      return [
        {
          ...exact,
          id: "video",
          // As long as the sound, to the frame; its own sound gives way.
          video: { ...video, src: request.url_video, volume: 0, retime: "fit" },
          audio: request.url_audio,
        },
      ];
    case "img2vid":
      return request.images.map((image, index) => ({
        ...exact,
        // Theirs may be anything, twice over: they are kept beside the job and never become names of files.
        id: imageSceneId(index),
        image: { src: image.image_url, fit: "cover" },
        duration: image.duracao,
        motion: { from: { scale: 1 }, to: { scale: ZOOM }, easing: "linear" },
      }));
    default:
      return request satisfies never;
  }
}

const FIELDS: readonly (readonly [RegExp, string])[] = [
  [/^scenes\[(\d+)\]\.image.*/, "images[$1].image_url"],
  [/^scenes\[(\d+)\]\.duration.*/, "images[$1].duracao"],
  [/^scenes\[\d+\]\.video.*/, "url_video"],
  [/^scenes\[\d+\]\.subtitles.*/, "url_srt"],
  [/^scenes\[\d+\]\.audio.*/, "url_audio"],
  [/^output\.fps$/, "frame_rate"],
  [/^output\.(width|height)$/, "$1"],
];

function renamePath(path: string, prefix: string): string {
  for (const [ours, theirs] of FIELDS) {
    if (ours.test(path)) return `${prefix}${path.replace(ours, theirs)}`;
  }
  return path;
}
