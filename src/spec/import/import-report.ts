import type { Issue } from "../issue.ts";
import { errorIssue, quote } from "../issue.ts";
import { assetPath, fileNameOf, findAsset, isRemote } from "./assets.ts";
import type { DocumentNode } from "./document-node.ts";
import type { ImportOptions, Unmapped } from "./importer.ts";

/** What an importer finds on its way through a document. */
export class ImportReport {
  readonly unmapped: Unmapped[] = [];
  readonly issues: Issue[] = [];
  readonly #options: ImportOptions;
  readonly #said = new Set<string>();
  /** File name -> the URL it stands for. */
  readonly #taken = new Map<string, string>();

  constructor(options: ImportOptions) {
    this.#options = options;
  }

  get assets(): ImportOptions["assets"] {
    return this.#options.assets;
  }

  /** Left out, all of it, and said once. */
  drop(node: DocumentNode, message: string, hint?: string): void {
    if (!node.isStated) return;
    node.use();
    this.say(node.path, message, hint);
  }

  /** Carried over with a difference. */
  say(path: string, message: string, hint?: string): void {
    // Defaults are met again in every clip.
    const known = `${path} ${message}`;
    if (this.#said.has(known)) return;
    this.#said.add(known);
    this.unmapped.push({ path, message, ...(hint === undefined ? {} : { hint }) });
  }

  /** The document can't become a film as it stands. */
  refuse(code: string, path: string, message: string, hint?: string): void {
    this.issues.push(errorIssue(code, path, message, hint));
  }

  /** Everything nobody has read. */
  leftovers(root: DocumentNode): void {
    for (const { path, key, misfit } of root.leftovers()) {
      const name = key === null ? "This" : quote(key);
      this.say(
        path,
        misfit ? `${name} is not what is expected here and is left out.` : `${name} is not carried over.`,
      );
    }
  }

  /**
   * The path to write for a source: a local one as it stands, a URL as the file of its name in the assets folder.
   * Null when the document names none.
   */
  source(node: DocumentNode): string | null {
    const source = node.text();
    if (source === null || !isRemote(source)) return source;
    const { assets } = this.#options;
    const name = fileNameOf(source);
    const found = name === null || assets === null ? null : findAsset(assets, name);
    if (found !== null && assets !== null) {
      this.#rememberUrl(found, source, node);
      return assetPath(assets, found);
    }
    this.missingFile(
      node,
      `This is a URL, ${quote(source)}, and no ${name === null ? "file" : quote(name)} is at hand.`,
      name,
    );
    // Something has to stand here, so that the rest of the document is judged, too.
    return `./${name ?? "asset"}`;
  }

  /** @param name what to call the file; null when the document gives no name */
  missingFile(node: DocumentNode, message: string, name: string | null): void {
    const put =
      name === null
        ? "Save it as a file and write its path instead"
        : this.#options.assets === null
          ? `Save it as ${quote(name)} and name its folder with --assets`
          : `Save it as ${quote(name)} in ${quote(this.#options.assets.path || ".")}`;
    this.refuse("ASSET_NOT_LOCAL", node.path, message, `${put}.`);
  }

  #rememberUrl(name: string, url: string, node: DocumentNode): void {
    const before = this.#taken.get(name);
    this.#taken.set(name, before ?? url);
    if (before === undefined || before === url) return;
    this.say(
      node.path,
      `${quote(name)} stands for two URLs, ${quote(before)} and ${quote(url)}.`,
      "If these are different files, write the path of one into the document.",
    );
  }
}
