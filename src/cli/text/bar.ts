/** A thin bar in two parts, so that the caller can dim the rest. Together they are `width` columns. */
export function thinBar(fraction: number, width: number): { readonly done: string; readonly rest: string } {
  const bounded = Number.isFinite(fraction) ? Math.min(1, Math.max(0, fraction)) : 0;
  // Never drawn full before it is: the last half column waits for the last frame.
  const halves = bounded === 1 ? width * 2 : Math.min(width * 2 - 1, Math.round(bounded * width * 2));
  const full = Math.max(0, Math.floor(halves / 2));
  const half = halves % 2 === 1 ? "╸" : "";
  return { done: "━".repeat(full) + half, rest: "─".repeat(Math.max(0, width - full - half.length)) };
}
