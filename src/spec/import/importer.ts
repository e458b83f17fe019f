import type { Issue } from "../issue.ts";
import type { ProductionInput } from "../schema.ts";
import type { SceneInput } from "../schema-scene.ts";
import type { AssetFolder } from "./assets.ts";
import type { PathOrigins } from "./path-origins.ts";

export interface ImportOptions {
  /** Where files lie that the document names by URL; null without such a folder. */
  readonly assets: AssetFolder | null;
}

/** Something of the document that the production does not say. */
export interface Unmapped {
  /** Where in the user's document, as in `Issue`. */
  readonly path: string;
  readonly message: string;
  readonly hint?: string;
}

/** The part of `scenes[].card` that importers write. */
export interface ImportedCard {
  title: string;
  text?: string[];
  background?: string;
}

export type ImportedScene = SceneInput & { card?: ImportedCard };
export type ImportedInput = Omit<ProductionInput, "scenes"> & { scenes: ImportedScene[] };

export interface Imported {
  /** For `parseProduction`, which judges it as if the user had written it. */
  readonly input: ImportedInput;
  /** From places in `input` to places in the document. */
  readonly origins: PathOrigins;
  readonly unmapped: readonly Unmapped[];
  /** What keeps the document from becoming a film; paths are the document's. */
  readonly issues: readonly Issue[];
}

/**
 * Another program's description of a film -> ours. Pure: reads no files, knows the names in the assets folder. Takes
 * any value and throws nothing: what it can't read is listed.
 */
export interface Importer {
  /** As people write it. */
  readonly label: string;
  readonly read: (document: unknown, options: ImportOptions) => Imported;
}
