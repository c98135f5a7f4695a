// SPDX-License-Identifier: Apache-2.0

/**
 * The first `bits` bits of the fractional parts of the `degree`-th roots of the first `count` primes, from which
 * FIPS 180-4 takes its constants (§4.2.2, §4.2.3, §5.3).
 */
export function rootFractions(count: number, degree: bigint, bits: bigint): bigint[] {
  const found: bigint[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (isPrime(candidate)) found.push(fraction(BigInt(candidate), degree, bits));
  }
  return found;
}

function isPrime(number: number): boolean {
  for (let divisor = 2; divisor * divisor <= number; divisor++) if (number % divisor === 0) return false;
  return true;
}

/** By bisection in whole numbers. */
function fraction(number: bigint, degree: bigint, bits: bigint): bigint {
  const scaled = number << (bits * degree);
  let low = 0n;
  let high = number << bits;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= scaled) low = middle;
    else high = middle;
  }
  return BigInt.asUintN(Number(bits), low);
}
