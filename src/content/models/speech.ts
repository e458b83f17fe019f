import type { Provider } from "./provider.ts";

export interface SpeechRequest {
  readonly text: string;
  /** BCP 47. */
  readonly language: string;
  /** By the provider's own name; null leaves it the choice. */
  readonly voice: string | null;
  /** Who speaks, counted from 0 in the order of appearance: several speakers get several voices. */
  readonly speaker: number;
  /** How it is to be said, for providers that can be told. */
  readonly tone: string | null;
}

export interface TimedWord {
  readonly text: string;
  /** Seconds from the sound's first sample. */
  readonly start: number;
  readonly end: number;
}

export interface Speech {
  readonly bytes: Uint8Array;
  readonly format: "wav" | "mp3";
  readonly words: readonly TimedWord[];
  /**
   * Where the words' times come from: the provider itself, pauses that were found in the sound, or the words' length
   * alone.
   */
  readonly timing: "given" | "pauses" | "length";
  readonly voice: string;
}

/** Text -> a voice with the time of each word. */
export type SpeechModel = Provider<SpeechRequest, Speech>;
