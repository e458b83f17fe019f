/** Checks a picture thoroughly (header, then every pixel) and finds where the eye goes. */
import { EDGE_PICTURE_WIDTH, hardEdgeShare } from "../../encode/edges.ts";
import { findFocus } from "../../motion/focus.ts";
import { decodePicture, type PictureFacts, readPictureFacts } from "../pictures.ts";

const THUMBNAIL_WIDTH = 96;

export interface ImageFacts extends PictureFacts {
  /** Point of attention, 0..1. */
  readonly focus: { readonly x: number; readonly y: number };
  /** See `hardEdgeShare`. */
  readonly hardEdges: number;
}

/** @throws ReelburstError IMAGE_UNREADABLE, IMAGE_FORMAT_NOT_ALLOWED, IMAGE_TOO_LARGE */
export async function probeImage(input: { path: string }): Promise<ImageFacts> {
  const facts = await readPictureFacts(input.path);
  // Decoded twice, side by side, rather than one shrunk from the other: the focus of a picture must stay where it was.
  const [thumbnail, edges] = await Promise.all([
    decodePicture(input.path, "#000000", { width: THUMBNAIL_WIDTH }),
    decodePicture(input.path, "#000000", { width: EDGE_PICTURE_WIDTH }),
  ]);
  return {
    ...facts,
    focus: findFocus(thumbnail.data, thumbnail.width, thumbnail.height),
    hardEdges: hardEdgeShare(edges.data, edges.width, edges.height),
  };
}
