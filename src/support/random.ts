/** A number in [0, 1). `Math.random` is one; tests and simulations pass a seeded one. */
export type Random = () => number;

/**
 * A seeded generator: the same seed gives the same numbers on every machine and version, so a failing
 * simulation replays from its seed alone. Not for secrets.
 *
 * sfc32 (Chris Doty-Humphrey's PractRand), its state filled from an FNV-1a hash of the seed.
 */
export function seededRandom(seed: number | string): Random {
  let a = 0x9e3779b9;
  let b = 0x243f6a88;
  let c = fnv1a(String(seed));
  let counter = 1;
  const next = (): number => {
    const sum = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + sum) | 0;
    return (sum >>> 0) / 2 ** 32;
  };
  // Neighbouring seeds start alike; twelve rounds separate them.
  for (let round = 0; round < 12; round++) next();
  return next;
}

/** An integer in [0, limit). */
export function randomInteger(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

function fnv1a(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash | 0;
}
