import type { CaptionSettings } from "../../spec/production.ts";
import type { CaptionPaint, TextRange } from "./ass-drawing.ts";
import type { CaptionIssue, Cue } from "./cue.ts";
import { characterFate } from "./fonts/coverage.ts";
import type { CaptionFace, FaceInfo } from "./fonts/face.ts";
import type { FaceLibrary } from "./fonts/face-library.ts";
import { createMeasurer } from "./fonts/face-runs.ts";
import { droppedIssue, preflight, requireGlyphs, withoutDropped } from "./fonts/preflight.ts";
import { emPixels, type FrameSize, layoutBlock, type PlacedBlock, safeLineWidth } from "./layout.ts";
import { type CaptionStyle, SOFT_SHADOW, styleFor } from "./styles/caption-styles.ts";
import { alignWords, interpolateWords, type SpokenSpan } from "./text/align-words.ts";
import { breakIntoParts, type TextLine } from "./text/break-lines.ts";
import { breakUnits, flowText } from "./text/break-units.ts";
import { groupWords } from "./text/group-words.ts";

export interface CaptionInput {
  /** In time order and not overlapping: see `normalizeCues`. */
  readonly cues: readonly Cue[];
  readonly style: CaptionSettings;
  readonly frame: FrameSize;
  /** BCP 47, or null when unknown. */
  readonly language: string | null;
  /** Where the faces for these cues come from. */
  readonly faces: Pick<FaceLibrary, "facesFor">;
}

/** A picture of captions and when it shows, in milliseconds of the scene. */
export interface CaptionEvent {
  readonly startMs: number;
  readonly endMs: number;
  readonly block: PlacedBlock;
  /** For each line of the block, the range in the highlight colour. Empty: none. */
  readonly marked: readonly (TextRange | null)[];
  /** Zooms of the one-frame pictures with which the block comes in. */
  readonly pop: readonly number[];
  /** 0 where the caption before or after it touches this one. */
  readonly fadeInMs: number;
  readonly fadeOutMs: number;
}

export interface CompiledCaptions {
  readonly frame: FrameSize;
  readonly paint: CaptionPaint;
  /** In time order, never overlapping. */
  readonly events: readonly CaptionEvent[];
  /** The font files that the events name, and no others. */
  readonly fonts: readonly FaceInfo[];
  readonly issues: readonly CaptionIssue[];
}

/** How a word of `word` comes in: two frames, then its own size. */
const POP = [0.86, 0.96];

/**
 * Cues -> static pictures in time, each drawn as explicitly placed ASS dialogues.
 *
 * @throws ReelburstError GLYPHS_MISSING when a letter has no glyph in any face; FONT_UNUSABLE
 */
export function compileCaptions({
  cues,
  style: settings,
  frame,
  language,
  faces: library,
}: CaptionInput): CompiledCaptions {
  const style = styleFor(settings.style);
  const { color, outlineColor, highlightColor, boxColor, boxOpacity } = settings;
  const paint = {
    color,
    outlineColor,
    highlightColor,
    boxColor,
    boxOpacity,
    outlineEm: style.outlineEm,
    // A box made invisible leaves bare letters: they get a shadow instead.
    shadow: style.box && boxOpacity <= 0 ? SOFT_SHADOW : style.shadow,
  };
  if (settings.style === "none" || cues.length === 0)
    return { frame, paint, events: [], fonts: [], issues: [] };
  const faces = library.facesFor(settings, cues);
  const checked = preflight(cues, faces);
  requireGlyphs(checked);
  const dropped = droppedIssue(checked);
  const compiler = new Compiler(settings, frame, language, faces);
  const events = withFades(
    cues.flatMap((cue) => compiler.compile(cue)),
    style.fadeMs,
  );
  return {
    frame,
    paint,
    events,
    fonts: [...compiler.used].map((face) => face.info),
    issues: dropped ? [dropped] : [],
  };
}

type PlainEvent = Omit<CaptionEvent, "fadeInMs" | "fadeOutMs">;

class Compiler {
  /** Faces in the order of their first use. */
  readonly used = new Set<CaptionFace>();
  readonly #settings: CaptionSettings;
  readonly #style: CaptionStyle;
  readonly #frame: FrameSize;
  readonly #language: string | null;
  readonly #faces: readonly CaptionFace[];
  readonly #measureEm: (text: string) => number;

  constructor(
    settings: CaptionSettings,
    frame: FrameSize,
    language: string | null,
    faces: readonly CaptionFace[],
  ) {
    this.#settings = settings;
    this.#style = styleFor(settings.style);
    this.#frame = frame;
    this.#language = language;
    this.#faces = faces;
    this.#measureEm = createMeasurer(faces);
  }

  compile(cue: Cue): PlainEvent[] {
    const text = flowText(withoutDropped(cue.text, this.#faces));
    // Nothing but joiners and spaces would be a caption without a pixel.
    if (![...text].some((char) => characterFate(char, this.#faces) === "drawn")) return [];
    const words = cue.words?.map((word) => ({ ...word, text: withoutDropped(word.text, this.#faces) }));
    const known = words ? alignWords(text, words) : null;
    const spans = known ?? interpolateWords(text, breakUnits(text, this.#language), cue.startMs, cue.endMs);
    return this.#style.pace === "words"
      ? this.#wordEvents(text, spans, cue)
      : this.#partEvents(text, spans, cue);
  }

  /** One event for each part of the cue, or one for each spoken word of it. */
  #partEvents(text: string, spans: readonly SpokenSpan[], cue: Cue): PlainEvent[] {
    const em = emPixels(text, this.#style, this.#settings, this.#frame);
    const parts = breakIntoParts(text, this.#language, {
      maxWidth: safeLineWidth(em, this.#style, this.#frame) / em,
      maxUnits: this.#style.lineUnits,
      measure: this.#measureEm,
    });
    const starts = parts.map((part, i) =>
      i === 0 ? cue.startMs : momentOf(part[0]?.start ?? 0, spans, cue),
    );
    return parts.flatMap((part, i) => {
      const startMs = starts[i] ?? cue.startMs;
      const endMs = starts[i + 1] ?? cue.endMs;
      const block = this.#place(
        part.map((line) => text.slice(line.start, line.end)),
        em,
      );
      if (this.#style.pace === "cue") return [{ startMs, endMs, block, marked: [], pop: [] }];
      return this.#spokenEvents(block, part, spans, startMs, endMs);
    });
  }

  #spokenEvents(
    block: PlacedBlock,
    part: readonly TextLine[],
    spans: readonly SpokenSpan[],
    startMs: number,
    endMs: number,
  ): PlainEvent[] {
    const [from, to] = [part[0]?.start ?? 0, part.at(-1)?.end ?? 0];
    const spoken = spans.filter((span) => span.end > from && span.start < to);
    const times = spoken.map((span) => clamp(span.startMs, startMs, endMs));
    const events: PlainEvent[] = [];
    // Until the first word is spoken, and in a part without any, the phrase stands unmarked.
    const first = times[0] ?? endMs;
    if (first > startMs) events.push({ startMs, endMs: first, block, marked: [], pop: [] });
    for (const [i, span] of spoken.entries()) {
      const marked = part.map((line) => within(span, line));
      events.push({ startMs: times[i] ?? startMs, endMs: times[i + 1] ?? endMs, block, marked, pop: [] });
    }
    return events.filter((event) => event.endMs > event.startMs);
  }

  /** One to three words at a time, each group coming in with a pop. */
  #wordEvents(text: string, spans: readonly SpokenSpan[], cue: Cue): PlainEvent[] {
    const em = emPixels(text, this.#style, this.#settings, this.#frame);
    const maxWidthEm = safeLineWidth(em, this.#style, this.#frame) / em;
    const groups = groupWords(text, spans, (part) => this.#measureEm(part) <= maxWidthEm);
    return groups.flatMap((group, i) => {
      const startMs = clamp(group.startMs, cue.startMs, cue.endMs);
      const endMs = clamp(groups[i + 1]?.startMs ?? cue.endMs, cue.startMs, cue.endMs);
      if (endMs <= startMs) return [];
      const block = this.#place([text.slice(group.start, group.end).replace(/[\u2028\s]+/gu, " ")], em);
      return [{ startMs, endMs, block, marked: [], pop: POP }];
    });
  }

  #place(lines: readonly string[], em: number): PlacedBlock {
    const block = layoutBlock(lines, em, this.#style, this.#settings, this.#frame, this.#faces);
    for (const line of block.lines) for (const run of line.runs) this.used.add(run.face);
    return block;
  }
}

/** When the text from `offset` on begins to be spoken. */
function momentOf(offset: number, spans: readonly SpokenSpan[], cue: Cue): number {
  const span = spans.find((one) => one.end > offset);
  return clamp(span?.startMs ?? cue.endMs, cue.startMs, cue.endMs);
}

/** The part of a span that stands on a line, in the line's own offsets. */
function within(span: SpokenSpan, line: TextLine): TextRange | null {
  const start = Math.max(span.start, line.start);
  const end = Math.min(span.end, line.end);
  return start < end ? { start: start - line.start, end: end - line.start } : null;
}

/** Captions fade only out of nothing and into nothing; between touching ones a fade would be a flicker. */
function withFades(events: readonly PlainEvent[], fadeMs: number): CaptionEvent[] {
  return events.map((event, i) => ({
    ...event,
    fadeInMs: (events[i - 1]?.endMs ?? -1) >= event.startMs ? 0 : fadeMs,
    fadeOutMs: (events[i + 1]?.startMs ?? Number.POSITIVE_INFINITY) <= event.endMs ? 0 : fadeMs,
  }));
}

const clamp = (value: number, low: number, high: number): number => Math.min(Math.max(value, low), high);
