import type { DocumentNode } from "../document-node.ts";

/** Twice as many as a production has scenes; each is compared with others. */
const MAX_CLIPS = 20_000;

export interface Clip {
  readonly node: DocumentNode;
  readonly asset: DocumentNode;
  readonly type: string;
  /** Seconds on the timeline; null: depends on a file's length. */
  readonly start: number | null;
  readonly end: number | null;
}

/** Top first, as in the document. `auto` follows the clip before; `end` goes to the last stated end of any clip. */
export function readTracks(timeline: DocumentNode): Clip[][] {
  let left = MAX_CLIPS;
  const tracks = timeline
    .get("tracks")
    .items()
    .map((track) => {
      const clips = readTrack(track, left);
      left -= clips.length;
      return clips;
    });
  const total = tracks.flat().reduce((last, { end, start }) => Math.max(last, end ?? start ?? 0), 0);
  return tracks.map((clips) =>
    clips.map((clip) =>
      clip.node.get("length").value === "end" && total > (clip.start ?? total)
        ? { ...clip, end: total }
        : clip,
    ),
  );
}

function readTrack(track: DocumentNode, most: number): Clip[] {
  let last: number | null = 0;
  return track
    .get("clips")
    .items(most)
    .map((node) => {
      const asset = node.get("asset");
      const start = timeOf(node.get("start"), "auto") ?? last;
      const seconds = timeOf(node.get("length"), "auto", "end");
      last = start === null || seconds === null ? null : start + seconds;
      return { node, asset, type: asset.get("type").text() ?? "", start, end: last };
    });
}

function timeOf(node: DocumentNode, ...words: readonly string[]): number | null {
  if (words.includes(node.value as string)) {
    node.use();
    return null;
  }
  const seconds = node.number();
  return seconds === null || seconds < 0 ? null : seconds;
}
