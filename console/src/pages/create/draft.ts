/** A film that is being put together: dropped files, what they make, how far they have been brought to the server. */
import { computed, signal } from "@preact/signals";
import type { Issue } from "../../api/types.ts";
import { makeThumbnail, soundSeconds } from "../../strip/local-thumbnails.ts";
import { uploadFile } from "../../upload/upload-file.ts";
import {
  DEFAULT_OPTIONS,
  extensionOf,
  mapSources,
  type Options,
  plainPath,
  sourcesOf,
  writeDocument,
} from "./document.ts";
import type { DroppedFile } from "./read-drop.ts";
import { type ScannedFiles, scanFiles } from "./scan-files.ts";

interface DraftFile {
  readonly file: File;
  share: number;
  sha256: string | null;
  trouble: Issue | null;
  thumbnail: string | null;
  seconds: number | null;
}

const AT_ONCE = 3;

export class Draft {
  readonly options = signal<Options>(DEFAULT_OPTIONS);
  readonly language = signal<string | null>(null);
  /** Of a production file. */
  readonly written = signal<{ readonly document: unknown; readonly issues: readonly Issue[] } | null>(null);
  readonly #files = new Map<string, DraftFile>();
  /** Raised with every change of a file, a few times a second at most. */
  readonly #changes = signal(0);
  readonly #stop = new AbortController();
  #isTold = false;
  #running = 0;
  #waiting: string[] = [];

  readonly scan = computed<ScannedFiles>(() => {
    this.#changes.value;
    return scanFiles(
      [...this.#files.keys()].map((path) => ({ path })),
      {
        language: this.language.value,
        pictureSeconds: this.options.value.pictureSeconds,
      },
    );
  });

  /** Paths, relative to the dropped folder, of all that goes into the film. */
  readonly used = computed<readonly string[]>(() => {
    const { kind, scenes, soundtrack, watermark } = this.scan.value;
    if (kind === "file") return this.#fileSources().filter((path) => this.fileOf(path) !== undefined);
    const paths = scenes.flatMap(({ image, audio, subtitles }) => [image, audio, subtitles]);
    return [...new Set([...paths, soundtrack, watermark].filter((path) => path !== null))];
  });

  readonly document = computed<Record<string, unknown> | null>(() => {
    this.#changes.value;
    const { kind } = this.scan.value;
    if (kind === "folder")
      return writeDocument(this.scan.value, this.options.value, (path) => this.#uri(path));
    if (kind !== "file" || this.written.value === null) return null;
    let isWhole = true;
    const document = mapSources(this.written.value.document, (path) => {
      const uri = this.#uri(this.#inFolder(path));
      if (uri === null) isWhole = false;
      return uri ?? path;
    });
    return isWhole && typeof document === "object" ? (document as Record<string, unknown>) : null;
  });

  readonly issues = computed<readonly Issue[]>(() => {
    this.#changes.value;
    const troubles = this.used.value.flatMap((path) => this.fileOf(path)?.trouble ?? []);
    const { kind, issues } = this.scan.value;
    if (kind !== "file") return [...issues, ...troubles];
    const missing = this.#fileSources().filter((path) => this.fileOf(path) === undefined);
    return [
      ...(this.written.value?.issues ?? []),
      ...missing.map(
        (path): Issue => ({
          severity: "error",
          code: "FILE_MISSING",
          path,
          message: "The production refers to this file, but it was not dropped.",
          hint: "Drop the whole folder, including the production file.",
        }),
      ),
      ...troubles,
    ];
  });

  /** 0..1 of the bytes that are needed. */
  readonly share = computed<number>(() => {
    this.#changes.value;
    const files = this.used.value.flatMap((path) => this.fileOf(path) ?? []);
    const total = files.reduce((sum, { file }) => sum + file.size, 0);
    if (files.every(({ sha256 }) => sha256 !== null)) return 1;
    return total === 0
      ? 0
      : Math.min(0.999, files.reduce((sum, { file, share }) => sum + share * file.size, 0) / total);
  });

  /** Looked at by whoever draws files. */
  get changes(): number {
    return this.#changes.value;
  }

  fileOf(path: string): DraftFile | undefined {
    return this.#files.get(`${this.scan.value.base}${path}`);
  }

  add(dropped: readonly DroppedFile[]): void {
    for (const { path, file } of dropped)
      this.#files.set(path, { file, share: 0, sha256: null, trouble: null, thumbnail: null, seconds: null });
    this.#changes.value++;
    const { productionFile, title } = this.scan.value;
    if (title !== null && this.options.value.title === "")
      this.options.value = { ...this.options.value, title: titleOf(title) };
    if (productionFile === null) this.bring();
    else void this.#readProductionFile(productionFile);
  }

  /** Starts bringing what is needed and not here yet; again after an error. */
  bring(): void {
    this.#waiting = this.used.value.filter((path) => {
      const file = this.fileOf(path);
      return file !== undefined && file.sha256 === null;
    });
    for (const path of this.#waiting) {
      const file = this.fileOf(path);
      if (file !== undefined) file.trouble = null;
    }
    while (this.#running < AT_ONCE && this.#waiting.length > 0) {
      this.#running++;
      void this.#bringNext().finally(() => {
        this.#running--;
      });
    }
    void this.#look();
  }

  close(): void {
    this.#stop.abort();
  }

  async #bringNext(): Promise<void> {
    for (let path = this.#waiting.shift(); path !== undefined; path = this.#waiting.shift()) {
      const entry = this.fileOf(path);
      if (entry === undefined || entry.sha256 !== null) continue;
      try {
        const tell = (share: number): void => {
          entry.share = share;
          this.#tell();
        };
        entry.sha256 = (await uploadFile(entry.file, tell, this.#stop.signal)).sha256;
        entry.share = 1;
      } catch (error) {
        if (this.#stop.signal.aborted) return;
        const { code = "FILE_UNREADABLE", message, hint } = error as Partial<Issue> & Error;
        entry.trouble = { severity: "error", code, path, message, hint: hint ?? "Choose the file again." };
      }
      this.#tell();
    }
  }

  /** Thumbnails and lengths, one after the other, in the order of the strip. */
  async #look(): Promise<void> {
    for (const path of this.used.value) {
      if (this.#stop.signal.aborted) return;
      const entry = this.fileOf(path);
      if (entry === undefined) continue;
      if (entry.thumbnail === null && /\.(?:png|jpe?g|webp|avif|gif)$/i.test(path)) {
        entry.thumbnail = await makeThumbnail(entry.file);
        this.#tell();
      } else if (entry.seconds === null && /\.(?:mp3|wav|m4a|flac|ogg)$/i.test(path)) {
        entry.seconds = await soundSeconds(entry.file);
        this.#tell();
      }
    }
  }

  async #readProductionFile(path: string): Promise<void> {
    const text = (await this.fileOf(path)?.file.text()) ?? "";
    try {
      const document = /\.json5$/i.test(path)
        ? (await import("json5")).default.parse(text)
        : (await import("yaml")).parse(text);
      this.written.value = { document, issues: [] };
      this.bring();
    } catch (error) {
      const message = (error as Error).message.split("\n")[0] ?? "The file could not be read.";
      this.written.value = { document: null, issues: [{ severity: "error", code: "SYNTAX", path, message }] };
    }
  }

  #fileSources(): string[] {
    return sourcesOf(this.written.value?.document).map((path) => this.#inFolder(path));
  }

  /** Paths of a production file are relative to it. */
  #inFolder(path: string): string {
    const file = this.scan.value.productionFile ?? "";
    return plainPath(`${file.slice(0, file.lastIndexOf("/") + 1)}${path}`);
  }

  #uri(path: string): string | null {
    const sha256 = this.fileOf(path)?.sha256 ?? null;
    return sha256 === null ? null : `asset:${sha256}${extensionOf(path)}`;
  }

  #tell(): void {
    if (this.#isTold) return;
    this.#isTold = true;
    setTimeout(() => {
      this.#isTold = false;
      this.#changes.value++;
    }, 80);
  }
}

/** `my-first_film` -> `My first film` */
function titleOf(folder: string): string {
  const words = folder.replace(/[-_]+/g, " ").trim();
  return words.charAt(0).toUpperCase() + words.slice(1);
}
