/** A finished film with what lies beside it: report, captions, poster. */
import { open, readdir, readFile, stat } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import { parseLanguage } from "../spec/language.ts";
import { ReelburstError } from "../support/errors.ts";
import { isMissing, readError } from "../support/file-errors.ts";
import { sha256File } from "../support/hash.ts";

export interface FilmPackage {
  /** Absolute. */
  readonly film: string;
  /** The film's name without `.mp4`. */
  readonly base: string;
  readonly sizeBytes: number;
  readonly mtimeMs: number;
  /** Lower-case hex. */
  readonly sha256: string;
  readonly title: string | null;
  /** null: there is no report beside the film. */
  readonly seconds: number | null;
  readonly scenes: readonly { readonly id: string; readonly startSeconds: number | null }[];
  readonly poster: string | null;
  /** `language` is null for `film.srt`, which does not say. */
  readonly captions: readonly CaptionFile[];
  /** Absolute paths of everything that goes along with the film: captions in both formats, poster. The report stays: it is the maker's, and names places of this machine. */
  readonly sidecars: readonly string[];
}

export interface CaptionFile {
  readonly path: string;
  readonly language: string | null;
}

/** Of a report only what is needed here; whatever else it holds is another version's business. */
const reportSchema = z.object({
  title: z.string().nullable().catch(null),
  seconds: z.number().nonnegative().nullable().catch(null),
  files: z.array(z.object({ kind: z.string(), path: z.string(), sizeBytes: z.number() })).catch([]),
  scenes: z.array(z.object({ id: z.string(), startSeconds: z.number().nullable() })).catch([]),
});

const MAX_REPORT_BYTES = 64e6;

/**
 * @param source absolute: an .mp4, or a folder that holds exactly one
 * @throws ReelburstError FILE_NOT_FOUND, PUBLISH_FILM_AMBIGUOUS, PUBLISH_FILM_INCOMPLETE, NO_READ_PERMISSION
 */
export async function openFilmPackage(source: string, signal?: AbortSignal): Promise<FilmPackage> {
  const film = await findFilm(source);
  const folder = path.dirname(film);
  const base = path.basename(film).replace(/\.mp4$/i, "");
  const names = await readdir(folder).catch((error: unknown) => {
    throw readError(error, folder);
  });
  const beside = (suffix: string): string | null =>
    names.includes(`${base}${suffix}`) ? path.join(folder, `${base}${suffix}`) : null;
  const report = await readReport(beside(".json"));
  const { size, mtimeMs } = await statFilm(film);
  const announced = report?.files.find(
    (file) => file.kind === "film" && path.basename(file.path) === path.basename(film),
  );
  await requireWhole(film, size, announced?.sizeBytes ?? null);
  const sha256 = await sha256File(film, signal === undefined ? {} : { signal });
  const captionNames = names.filter((name) => captionLanguage(name, base) !== undefined).toSorted();
  return {
    film,
    base,
    sizeBytes: size,
    mtimeMs,
    sha256,
    title: report?.title ?? null,
    seconds: report?.seconds ?? null,
    scenes: report?.scenes ?? [],
    poster: beside(".poster.jpg"),
    captions: captionNames
      .filter((name) => name.endsWith(".srt"))
      .map((name) => ({ path: path.join(folder, name), language: captionLanguage(name, base) ?? null })),
    sidecars: [
      ...captionNames.map((name) => path.join(folder, name)),
      ...[beside(".poster.jpg")].filter((file) => file !== null),
    ],
  };
}

/** `film.en.srt` -> `en`, `film.srt` -> null; undefined: not a caption file of this film (`film.preview.srt` is another's). */
function captionLanguage(name: string, base: string): string | null | undefined {
  const match = name.startsWith(base)
    ? /^(?:\.([A-Za-z0-9-]+))?\.(?:srt|vtt)$/.exec(name.slice(base.length))
    : null;
  if (match === null) return undefined;
  return match[1] === undefined ? null : (parseLanguage(match[1]) ?? undefined);
}

async function findFilm(source: string): Promise<string> {
  const stats = await statFilm(source);
  if (!stats.isDirectory()) {
    if (stats.isFile() && /\.mp4$/i.test(source)) return source;
    throw new ReelburstError("PUBLISH_FILM_AMBIGUOUS", `${source} is no film.`, {
      path: source,
      hint: "Name a film (.mp4) or the folder of one.",
    });
  }
  const films = (await readdir(source)).filter((name) => /^[^.].*\.mp4$/i.test(name)).toSorted();
  const [only] = films;
  if (only !== undefined && films.length === 1) return path.join(source, only);
  throw new ReelburstError(
    "PUBLISH_FILM_AMBIGUOUS",
    films.length === 0 ? `${source} holds no film.` : `${source} holds ${films.length} films.`,
    {
      path: source,
      hint: films.length === 0 ? "Render one first." : `Name one: ${films.slice(0, 5).join(", ")}.`,
    },
  );
}

async function statFilm(file: string) {
  return stat(file).catch((error: unknown) => {
    if (!isMissing(error)) throw readError(error, file);
    throw new ReelburstError("FILE_NOT_FOUND", `There is no file ${file}.`, {
      path: file,
      hint: "Check the path.",
      cause: error,
    });
  });
}

/** A copy that was cut short must not become a video: compared with the report, and the index that players need is looked for. */
async function requireWhole(film: string, sizeBytes: number, announcedBytes: number | null): Promise<void> {
  const incomplete = (what: string): ReelburstError =>
    new ReelburstError("PUBLISH_FILM_INCOMPLETE", `${film} ${what}.`, {
      path: film,
      hint: "Copy or render it again.",
    });
  if (announcedBytes !== null && announcedBytes !== sizeBytes)
    throw incomplete(`has ${sizeBytes} bytes; its report says ${announcedBytes}`);
  const file = await open(film, "r").catch((error: unknown) => {
    throw readError(error, film);
  });
  try {
    const kinds = new Set<string>();
    const header = Buffer.alloc(16);
    for (let offset = 0; offset < sizeBytes; ) {
      const { bytesRead } = await file.read(header, 0, 16, offset);
      if (bytesRead < 8) throw incomplete("is cut short");
      const short = header.readUInt32BE(0);
      const length = short === 1 && bytesRead === 16 ? Number(header.readBigUInt64BE(8)) : short;
      const end = short === 0 ? sizeBytes : offset + length;
      kinds.add(header.toString("latin1", 4, 8));
      if (!kinds.has("ftyp")) throw incomplete("is no MP4 file");
      if (end <= offset || end > sizeBytes) throw incomplete("is cut short");
      offset = end;
    }
    if (!kinds.has("moov") || !kinds.has("mdat")) throw incomplete("is cut short");
  } finally {
    await file.close();
  }
}

async function readReport(file: string | null): Promise<z.infer<typeof reportSchema> | null> {
  if (file === null || (await stat(file)).size > MAX_REPORT_BYTES) return null;
  try {
    return reportSchema.safeParse(JSON.parse(await readFile(file, "utf8"))).data ?? null;
  } catch {
    // Somebody else's `film.json`.
    return null;
  }
}
