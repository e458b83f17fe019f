/** The run as plain text. Pure. */
import { type Column, formatTable } from "../../src/cli/text/table.ts";
import { type Spread, spreadOf } from "./statistics.ts";
import { type Entry, type PresetRow, paired, type Rival } from "./summary.ts";
import type { Words } from "./words.ts";

/** What a table of one picture shows beside what ratios need. */
export interface TableEntry extends Entry {
  readonly samples: readonly (Entry["samples"][number] & {
    readonly sizeBytes: number;
    readonly peakBytes: number | null;
  })[];
}

const NONE = "-";
const right = (title: string): Column => ({ title, align: "right" });

/** Who made the scene of one picture, how long it took and what came of it. */
export function pictureTable(picture: string, entries: readonly TableEntry[], ours: string): string[] {
  const own = entries.filter((entry) => entry.picture === picture && entry.id === ours);
  const rows = entries
    .filter((entry) => entry.picture === picture)
    .map((entry) => {
      const median = (values: readonly (number | null)[]): number | null =>
        spreadOf(values.filter((value) => value !== null))?.median ?? null;
      const wall = spreadOf(paired([entry], own, "wallSeconds"));
      const cpu = spreadOf(paired([entry], own, "cpuSeconds"));
      return [
        entry.label,
        fixed(median(entry.samples.map(({ wallSeconds }) => wallSeconds)), 2),
        entry.id === ours ? "1" : spreadText(wall),
        entry.id === ours ? "1" : spreadText(cpu),
        fixed(median(entry.samples.map(({ sizeBytes }) => sizeBytes / 1e6)), 2),
        fixed(entry.quality?.jitter ?? null, 3),
        entry.quality === null ? NONE : String(entry.quality.reversals),
        fixed(entry.quality?.ssim ?? null, 4),
        fixed(median(entry.samples.map(({ peakBytes }) => (peakBytes === null ? null : peakBytes / 1e6))), 0),
      ];
    });
  const columns: Column[] = [
    { title: picture },
    ...["wall s", "wall, ours = 1", "CPU, ours = 1", "MB", "jitter", "rev.", "SSIM", "memory MB"].map(right),
  ];
  return formatTable(columns, rows);
}

export function rivalTable(rivals: readonly Rival[]): string[] {
  return formatTable(
    [{ title: "all pictures, times ours" }, right("wall"), right("CPU")],
    rivals.map(({ label, wall, cpu }) => [label, spreadText(wall), spreadText(cpu)]),
  );
}

export function presetTable(rows: readonly PresetRow[]): string[] {
  return formatTable(
    [
      { title: "one thread, times our setting" },
      right("CPU at equal SSIM"),
      right("bytes at equal SSIM"),
      right("SSIM at equal bytes"),
    ],
    rows.map(({ preset, cpu, bytes, ssim }) => [
      `x264 ${preset}`,
      spreadText(cpu),
      spreadText(bytes),
      ssim === null ? NONE : `${signed(ssim.median)} (${signed(ssim.min)} to ${signed(ssim.max)})`,
    ]),
  );
}

export function wordLines(words: Words, width: number): string[] {
  const section = (title: string, sentences: readonly string[]): string[] =>
    sentences.length === 0 ? [] : ["", title, ...sentences.flatMap((sentence) => bullet(sentence, width))];
  return [
    ...section("Where Reelburst wins", words.wins),
    ...section("Where it is even, or the rounds disagree", words.ties),
    ...section("Where Reelburst does not win", words.losses),
  ].slice(1);
}

function bullet(sentence: string, width: number): string[] {
  const lines: string[] = [];
  let line = "-";
  for (const word of sentence.split(" ")) {
    if (line.length + 1 + word.length > width) {
      lines.push(line);
      line = " ";
    }
    line += ` ${word}`;
  }
  return [...lines, line];
}

export function spreadText(spread: Spread | null): string {
  if (spread === null) return NONE;
  const digits = (value: number): string => value.toFixed(value >= 9.95 ? 1 : 2);
  if (spread.count === 1) return digits(spread.median);
  return `${digits(spread.median)} (${digits(spread.min)} to ${digits(spread.max)})`;
}

function fixed(value: number | null, digits: number): string {
  return value === null ? NONE : value.toFixed(digits);
}

function signed(value: number): string {
  return `${value < 0 ? "-" : "+"}${Math.abs(value).toFixed(4)}`;
}
