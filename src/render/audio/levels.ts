/** Linear amplitude to decibels; 0 is -Infinity. */
export function toDecibels(amplitude: number): number {
  return 20 * Math.log10(amplitude);
}

export function fromDecibels(decibels: number): number {
  return 10 ** (decibels / 20);
}
