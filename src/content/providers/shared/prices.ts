/**
 * List prices in millionths of a US dollar, by the providers' public price pages as of November 2025. An estimate for
 * budgets and reports, not a bill; a model that is not here has no known price.
 */

/** For a million tokens. */
export const TOKEN_PRICES: Readonly<Record<string, { readonly input: number; readonly output: number }>> = {
  "gpt-4.1-mini": { input: 400_000, output: 1_600_000 },
  "gpt-4.1": { input: 2_000_000, output: 8_000_000 },
  "gpt-4o-mini": { input: 150_000, output: 600_000 },
  "gemini-2.5-flash": { input: 300_000, output: 2_500_000 },
  "gemini-2.5-flash-lite": { input: 100_000, output: 400_000 },
  "claude-haiku-4-5": { input: 1_000_000, output: 5_000_000 },
  "claude-sonnet-4-5": { input: 3_000_000, output: 15_000_000 },
};

/** For a million characters. */
export const CHARACTER_PRICES: Readonly<Record<string, number>> = {
  "tts-1": 15_000_000,
  "tts-1-hd": 30_000_000,
};

/** For a picture of the size that is asked for. */
export const PICTURE_PRICES: Readonly<Record<string, number>> = {
  "gpt-image-1": 63_000,
  "gemini-2.5-flash-image": 39_000,
};

export function tokenCost(model: string, input: number, output: number): number | null {
  const price = TOKEN_PRICES[model];
  return price === undefined ? null : Math.ceil((input * price.input + output * price.output) / 1e6);
}
