/** Where scenes stand on the strip: width by duration, none too thin to be seen. Pure; lengths in CSS pixels. */
export interface StripScene {
  readonly seconds: number;
}

export interface PlacedScene {
  readonly left: number;
  readonly width: number;
  readonly startSeconds: number;
}

export interface StripLayout {
  readonly width: number;
  readonly scenes: readonly PlacedScene[];
}

const THINNEST = 36;

/**
 * Fills the room when the scenes fit into it; else the strip is longer than the room and scrolls. Scenes below the
 * thinnest width get it, and the rest shares what is left by duration.
 */
export function layOut(scenes: readonly StripScene[], room: number, thinnest = THINNEST): StripLayout {
  const total = scenes.reduce((sum, { seconds }) => sum + seconds, 0);
  if (scenes.length === 0 || total <= 0) return { width: room, scenes: [] };
  const thin = new Set<number>();
  let scale = room / total;
  for (let before = -1; before !== thin.size; ) {
    before = thin.size;
    for (const [index, { seconds }] of scenes.entries()) if (seconds * scale < thinnest) thin.add(index);
    const wide = scenes.reduce((sum, { seconds }, index) => sum + (thin.has(index) ? 0 : seconds), 0);
    const left = room - thin.size * thinnest;
    if (wide > 0 && left > 0) scale = left / wide;
    else break;
  }
  if (thin.size * thinnest > room || thin.size === scenes.length) {
    // More scenes than fit: the shortest is as thin as may be, and the strip scrolls.
    const sorted = scenes.map(({ seconds }) => seconds).toSorted((a, b) => a - b);
    const typical = sorted[sorted.length >> 1] ?? 1;
    scale = Math.max(thinnest * 1.5, room / scenes.length) / typical;
  }
  let left = 0;
  let startSeconds = 0;
  const placed = scenes.map(({ seconds }) => {
    const width = Math.max(thinnest, seconds * scale);
    const scene = { left, width, startSeconds };
    left += width;
    startSeconds += seconds;
    return scene;
  });
  return { width: left, scenes: placed };
}

/** A time -> its place on the strip. */
export function placeOf(
  seconds: number,
  { scenes, width }: StripLayout,
  lengths: readonly StripScene[],
): number {
  for (const [index, scene] of scenes.entries()) {
    const own = lengths[index]?.seconds ?? 0;
    if (seconds < scene.startSeconds + own)
      return scene.left + (Math.max(0, seconds - scene.startSeconds) / own) * scene.width;
  }
  return width;
}

/** A place on the strip -> its time. */
export function timeAt(left: number, { scenes }: StripLayout, lengths: readonly StripScene[]): number {
  const index = scenes.findLastIndex((scene) => scene.left <= left);
  const scene = scenes[index];
  if (scene === undefined) return 0;
  const share = Math.min(1, (left - scene.left) / scene.width);
  return scene.startSeconds + share * (lengths[index]?.seconds ?? 0);
}

/** Whole seconds apart that leave labels this much room. */
export function tickSeconds(pixelsPerSecond: number, room = 72): number {
  const steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1800, 3600];
  return steps.find((step) => step * pixelsPerSecond >= room) ?? 7200;
}
