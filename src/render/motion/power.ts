/**
 * base^exponent for 0 <= exponent <= 1, by series of + - * / only. Math.pow may differ in the last bit between
 * machines, and chunks of one film must be identical wherever they are rendered.
 */
export function power(base: number, exponent: number): number {
  let reduced = base;
  let halvings = 0;
  // Logarithm of a number near 1, then doubled back as often as it was halved.
  while (Math.abs(reduced - 1) > 0.125 && halvings < 12) {
    reduced = Math.sqrt(reduced);
    halvings++;
  }
  const z = (reduced - 1) / (reduced + 1);
  let logarithm = 0;
  for (let n = 15; n >= 1; n -= 2) logarithm = logarithm * z * z + 1 / n;
  const value = 2 * z * logarithm * 2 ** halvings * exponent;
  let squarings = 0;
  let small = value;
  while (Math.abs(small) > 0.125) {
    small /= 2;
    squarings++;
  }
  let result = 1;
  for (let n = 12; n >= 1; n--) result = 1 + (result * small) / n;
  for (let n = 0; n < squarings; n++) result *= result;
  return result;
}
