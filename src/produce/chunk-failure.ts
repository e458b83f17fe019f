/** What a chunk's failure means for the film, in words that name the user's own places. Pure. */
import type { PlacedChunk } from "../render/plan.ts";
import { ReelburstError } from "../support/errors.ts";

export interface FailurePlaces {
  /** Digest -> path of pictures and fonts. */
  readonly inputs: Readonly<Record<string, string>>;
  /** Where a scene stands in the user's file. */
  readonly pathOf: (sceneId: string) => string;
}

/** @returns `ofFilm`: no scene is to blame, so leaving one out would not help */
export function describeFailure(
  chunk: PlacedChunk,
  error: ReelburstError,
  { inputs, pathOf }: FailurePlaces,
): { readonly error: ReelburstError; readonly ofFilm: boolean } {
  const watermark = watermarkError(chunk, error, inputs);
  return watermark === null
    ? { error: sceneError(chunk, pathOf(chunk.sceneId), error), ofFilm: false }
    : { error: watermark, ofFilm: true };
}

function sceneError(chunk: PlacedChunk, scenePath: string, error: ReelburstError): ReelburstError {
  if (isWholeMachine(error)) return error;
  return new ReelburstError(error.code, `${chunk.sceneId}: ${error.message}`, {
    path: error.path ?? scenePath,
    hint: error.hint,
    retryable: error.retryable,
    cause: error,
  });
}

/** The scene that is drawn first can do nothing for a watermark that is found damaged only then. */
function watermarkError(
  chunk: PlacedChunk,
  error: ReelburstError,
  inputs: Readonly<Record<string, string>>,
): ReelburstError | null {
  const file = inputs[chunk.plan.watermark?.digest ?? ""];
  const isPicture = chunk.plan.layers.some((layer) => inputs[layer.picture.digest] === file);
  if (file === undefined || error.path !== file || isPicture) return null;
  return new ReelburstError(error.code, error.message, {
    path: `watermark.src (${file})`,
    hint: error.hint,
    retryable: error.retryable,
    cause: error,
  });
}

/** Leaving out a scene does not help against these. */
export function isWholeMachine(error: ReelburstError): boolean {
  return ["DISK_FULL", "NO_WRITE_PERMISSION", "ENCODER_UNAVAILABLE", "OUTPUT_NOT_WRITABLE"].includes(
    error.code,
  );
}
