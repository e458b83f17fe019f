import type { DocumentNode } from "../document-node.ts";

/** A layer with the defaults it inherits: its own, then its type's, then every layer's. */
export class Layer {
  readonly node: DocumentNode;
  readonly type: string;
  readonly #fallbacks: readonly DocumentNode[];

  constructor(node: DocumentNode, defaults: DocumentNode) {
    this.node = node;
    this.type = node.get("type").text() ?? "";
    this.#fallbacks = [defaults.get("layerType").get(this.type), defaults.get("layer")];
  }

  /** The nearest place that states it; the layer's own when none does. */
  get(key: string): DocumentNode {
    const own = this.node.get(key);
    // An explicit null switches a default off.
    const says = (place: DocumentNode): boolean =>
      place.isRecord && Object.hasOwn(place.value as object, key);
    if (says(this.node)) return own;
    return this.#fallbacks.find(says)?.get(key) ?? own;
  }
}

export const TEXT_TYPES: ReadonlySet<string> = new Set([
  "title",
  "subtitle",
  "news-title",
  "slide-in-text",
  "title-background",
]);

/** What lies behind words. */
export const BACKGROUND_TYPES: ReadonlySet<string> = new Set([
  "fill-color",
  "pause",
  "linear-gradient",
  "radial-gradient",
  "rainbow-colors",
]);
