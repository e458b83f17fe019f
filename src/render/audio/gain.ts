/** How much louder or quieter a mix has to become. */

/** Above this, what is raised is the room's noise. */
export const MAX_GAIN_DB = 30;
/**
 * Deepest cut that the limiter may make. Speech needs 3 to 8 dB; a plosive or a knock on the microphone may need
 * twice that, and must not hold the whole film down.
 */
export const MAX_LIMITING_DB = 18;

/**
 * @param wantedDb gain that would meet the loudness target
 * @param truePeakDb of the mix before gain
 * @param ceilingDb of the limiter
 */
export function allowedGainDb(wantedDb: number, truePeakDb: number, ceilingDb: number): number {
  return Math.min(wantedDb, MAX_GAIN_DB, ceilingDb + MAX_LIMITING_DB - truePeakDb);
}

/**
 * Next try after a limited mix missed its target. The limiter takes back part of every added decibel, hence
 * a little more than the difference.
 */
export function correctedGainDb(gainDb: number, targetLufs: number, measuredLufs: number): number {
  const missing = targetLufs - measuredLufs;
  return gainDb + missing * (missing > 0 ? 1.2 : 1);
}
