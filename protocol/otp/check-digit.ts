/** The check digit of ISO/IEC 7064 MOD 11,10: it finds every wrong digit and nearly every swap of two neighbours. */

/**
 * @param ascii decimal digits as ASCII codes; what stands behind the first `count` is not looked at
 * @returns the digit that makes them and it a valid number, 0 to 9
 */
export function checkDigit(ascii: ArrayLike<number>, count: number): number {
  let product = 10;
  for (let i = 0; i < count; i++) {
    let sum = (product + ascii[i] - 48) % 10;
    if (sum === 0) sum = 10;
    product = (2 * sum) % 11;
  }
  return (11 - product) % 10;
}
