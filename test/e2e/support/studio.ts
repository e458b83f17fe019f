/** A folder of its own for one test file: inputs are made in it, films rendered into it, all of it removed in the end. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import os from "node:os";
import path from "node:path";
import sharp from "sharp";
import { createApp } from "../../../src/app.ts";
import type { ProductionEvent, ProductionResult } from "../../../src/produce/events.ts";
import { parseProduction } from "../../../src/spec/parse.ts";
import type { Production } from "../../../src/spec/production.ts";
import type { ProductionInput } from "../../../src/spec/schema.ts";
import { encodeAudio, type TestEncoder } from "../../fixtures/encode-audio.ts";
import type { SyntheticPicture } from "../../fixtures/synthetic-pictures.ts";
import { type Sound, wavFile } from "../../fixtures/wav.ts";

export type Rgb = readonly [number, number, number];

export interface RenderOptions {
  /** Servers of the test that URLs may lead to. */
  readonly fetchAllow?: readonly string[];
  /** Name of the output in the studio; a name ending in .mp4 is the film. */
  readonly output?: string;
  /** Name of the cache; renders with the same name share it. */
  readonly cache?: string;
  readonly slots?: number;
  /** Which kind is tried first; software when left out. */
  readonly encoders?: "software" | "hardware";
  readonly signal?: AbortSignal;
  readonly onEvent?: (event: ProductionEvent) => void;
}

export interface Rendered {
  readonly result: ProductionResult;
  readonly events: readonly ProductionEvent[];
  /** Absolute; the film's, or the folder's when scenes are delivered. */
  readonly output: string;
}

/** Quick to render: 320 x 180, 10 frames a second. A test overrides what it is about. */
export const SMALL_OUTPUT = { width: 320, height: 180, fps: 10, quality: "draft" } as const;

export class Studio {
  readonly folder: string;
  #outputs = 0;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async open(): Promise<Studio> {
    return new Studio(await mkdtemp(path.join(os.tmpdir(), "reelburst-e2e-")));
  }

  close(): Promise<void> {
    return rm(this.folder, { recursive: true, force: true, maxRetries: 3, retryDelay: 100 });
  }

  at(name: string): string {
    return path.join(this.folder, name);
  }

  async write(name: string, content: string | Uint8Array): Promise<string> {
    await mkdir(path.dirname(this.at(name)), { recursive: true });
    await writeFile(this.at(name), content);
    return this.at(name);
  }

  /** A picture whose format its name says (.png, .jpg, .webp). */
  async picture(name: string, { rgb, width, height }: SyntheticPicture): Promise<string> {
    const image = sharp(rgb, { raw: { width, height, channels: 3 } });
    const bytes = /\.jpe?g$/.test(name)
      ? image.jpeg({ quality: 95, chromaSubsampling: "4:4:4" })
      : name.endsWith(".webp")
        ? image.webp({ lossless: true })
        : image.png();
    return this.write(name, await bytes.toBuffer());
  }

  async flat(name: string, colour: Rgb, width = 320, height = 180): Promise<string> {
    const [r, g, b] = colour;
    return this.write(
      name,
      await sharp({ create: { width, height, channels: 3, background: { r, g, b } } })
        .png()
        .toBuffer(),
    );
  }

  wav(name: string, sound: Sound): Promise<string> {
    return this.write(name, wavFile(sound));
  }

  async encoded(name: string, sound: Sound, encoder: TestEncoder): Promise<string> {
    await mkdir(path.dirname(this.at(name)), { recursive: true });
    encodeAudio(sound, encoder, this.at(name), 256_000);
    return this.at(name);
  }

  /** Parsed by the real parser, so that a test renders only what a user can write. */
  production(input: ProductionInput): Production {
    const { production, issues } = parseProduction(
      { ...input, output: { ...SMALL_OUTPUT, ...input.output } },
      { baseDirectory: this.folder },
    );
    if (production === null) throw new Error(JSON.stringify(issues, null, 2));
    return production;
  }

  async render(input: ProductionInput | Production, options: RenderOptions = {}): Promise<Rendered> {
    const production = "baseDirectory" in input ? input : this.production(input);
    const output = this.at(options.output ?? `out-${++this.#outputs}/film.mp4`);
    const cacheDirectory = this.at(options.cache ?? `cache-${this.#outputs}-own`);
    const app = createApp({
      cacheDirectory,
      cacheMaxBytes: 1e9,
      encoders: options.encoders ?? "software",
      tempDirectory: this.at("tmp"),
      slots: options.slots ?? 1,
      color: false,
      fetchAllow: options.fetchAllow ?? [],
      databaseUrl: null,
      storageUrl: null,
      storageCredentials: null,
      redirectDownloads: false,
    });
    const events: ProductionEvent[] = [];
    try {
      const result = await app.render(
        { production, output, slots: null, useCache: true },
        {
          signal: options.signal ?? new AbortController().signal,
          emit: (event) => {
            events.push(event);
            options.onEvent?.(event);
          },
        },
      );
      return { result, events, output };
    } finally {
      await app.close();
    }
  }

  /** What a render that must fail threw. */
  async renderError(input: ProductionInput | Production, options: RenderOptions = {}): Promise<unknown> {
    try {
      await this.render(input, options);
    } catch (error) {
      return error;
    }
    throw new Error("The render was expected to fail and did not.");
  }
}
