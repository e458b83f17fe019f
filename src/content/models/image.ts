import type { CardInput } from "../script.ts";
import type { Provider } from "./provider.ts";

export interface PictureRequest {
  /** What is to be seen, the film's look included. */
  readonly prompt: string;
  /** Pixels of the film; a provider that has fixed sizes takes the nearest shape. */
  readonly width: number;
  readonly height: number;
  readonly segmentId: string;
  /** What the script would set as a card, for the provider that draws cards. */
  readonly card: CardInput | null;
}

export type Picture =
  | { readonly kind: "picture"; readonly bytes: Uint8Array; readonly format: "png" | "jpg" | "webp" }
  /** Drawn with the film. */
  | { readonly kind: "card"; readonly card: CardInput };

/** A prompt -> a picture in the film's shape. */
export type ImageModel = Provider<PictureRequest, Picture>;
