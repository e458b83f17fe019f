/** Words from other tools, and what they are called here. Offered only where the target is a known key. */
const SYNONYMS: Readonly<Record<string, string>> = {
  picture: "image",
  photo: "image",
  input_image: "image",
  background_image: "image",
  clip: "video",
  movie: "video",
  input_video: "video",
  url_video: "video",
  narration: "audio",
  voice: "audio",
  voiceover: "audio",
  input_audio: "audio",
  sound: "audio",
  subtitle: "subtitles",
  srt: "subtitles",
  music: "soundtrack",
  bgm: "soundtrack",
  logo: "watermark",
  path: "src",
  file: "src",
  url: "src",
  href: "src",
  name: "id",
  zoom: "motion",
  effects: "motion",
  kenburns: "motion",
  gain: "volume",
  frame_rate: "fps",
  framerate: "fps",
  size: "resolution",
  background_opacity: "boxOpacity",
  font_size: "size",
  outline_color: "outlineColor",
};

/** Above this a word is no typing slip, and comparing would cost time that hostile input chooses. */
const LONGEST_COMPARED = 40;

/**
 * The candidate the user most likely meant, or null when none is near.
 * Case, `_` and `-` don't count: `zoom_in` means `zoomIn`.
 */
export function closest(word: string, candidates: readonly string[]): string | null {
  if (word.length > LONGEST_COMPARED) return null;
  const plainWord = plain(word);
  const same = candidates.find((candidate) => plain(candidate) === plainWord);
  if (same !== undefined) return same;
  const synonym = Object.hasOwn(SYNONYMS, word.toLowerCase()) ? SYNONYMS[word.toLowerCase()] : undefined;
  if (synonym !== undefined && candidates.includes(synonym)) return synonym;

  let best: string | null = null;
  let bestDistance = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const candidate of candidates) {
    if (Math.abs(candidate.length - word.length) >= bestDistance) continue;
    const distance = editDistance(plainWord, plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

export function didYouMean(word: string, candidates: readonly string[]): string | undefined {
  const suggestion = closest(word, candidates);
  return suggestion === null ? undefined : `Did you mean "${suggestion}"?`;
}

function plain(word: string): string {
  return word.toLowerCase().replace(/[_-]/g, "");
}

/** Optimal string alignment: insertions, deletions, substitutions and swaps of neighbours cost 1. */
export function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const substitution = (previous[column - 1] ?? 0) + (a[row - 1] === b[column - 1] ? 0 : 1);
      let cost = Math.min((previous[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, substitution);
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      if (row > 1 && column > 1 && swapped) cost = Math.min(cost, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(cost);
    }
    [beforePrevious, previous] = [previous, current];
  }
  return previous[b.length] ?? 0;
}
