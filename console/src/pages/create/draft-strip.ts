import type { StripItem } from "../../strip/strip.tsx";
import type { Draft } from "./draft.ts";

/** The strip of what is being put together: filled as files arrive. */
export function draftItems(draft: Draft): StripItem[] {
  draft.changes;
  const { pictureSeconds } = draft.options.value;
  if (draft.scan.value.kind === "file") return writtenItems(draft);
  return draft.scan.value.scenes.map(({ id, image, audio, subtitles }) => {
    const files = [image, audio, subtitles].flatMap((path) =>
      path === null ? [] : (draft.fileOf(path) ?? []),
    );
    const total = files.reduce((sum, { file }) => sum + file.size, 0);
    const fill = total === 0 ? 1 : files.reduce((sum, { file, share }) => sum + share * file.size, 0) / total;
    const trouble = files.some((file) => file.trouble !== null);
    const seconds = audio === null ? pictureSeconds : (draft.fileOf(audio)?.seconds ?? pictureSeconds);
    return {
      id,
      seconds,
      picture: null,
      sketch: draft.fileOf(image)?.thumbnail ?? null,
      fill,
      tone: trouble ? "failed" : fill === 1 ? "done" : "active",
      says: trouble ? "a file is missing" : fill === 1 ? "ready" : `${Math.floor(fill * 100)} % uploaded`,
    };
  });
}

function writtenItems(draft: Draft): StripItem[] {
  const scenes = (draft.written.value?.document as { scenes?: unknown } | null | undefined)?.scenes;
  return (Array.isArray(scenes) ? scenes : []).map((scene: Record<string, unknown>, index) => {
    const of = (value: unknown): string | null =>
      typeof value === "string" ? value : ((value as { src?: string } | null | undefined)?.src ?? null);
    const image = of(scene?.["image"]);
    const audio = of(scene?.["audio"]);
    const entry = image === null ? undefined : draft.fileOf(image);
    const stated = scene?.["duration"];
    return {
      id: typeof scene?.["id"] === "string" ? scene["id"] : `scene_${String(index + 1).padStart(3, "0")}`,
      seconds:
        typeof stated === "number" ? stated : ((audio === null ? null : draft.fileOf(audio)?.seconds) ?? 4),
      picture: null,
      sketch: entry?.thumbnail ?? null,
      fill: entry?.share ?? 1,
      tone: "done",
      says: "ready",
    };
  });
}
