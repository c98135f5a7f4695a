package io.mnemogrid.client;

import java.security.SecureRandom;
import java.util.UUID;

/** Names of updates. */
final class Ids {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final long RANDOM_A = 0xfffL;
  private static final long RANDOM_B = 0x3fff_ffff_ffff_ffffL;
  private static final long VERSION_7 = 0x7000L;
  private static final long VARIANT = 0x8000_0000_0000_0000L;

  private Ids() {}

  /** A UUID of version 7: ids in the order of time cost the store a third of random ones. */
  static String next() {
    long high = System.currentTimeMillis() << 16 | VERSION_7 | (RANDOM.nextLong() & RANDOM_A);
    long low = VARIANT | (RANDOM.nextLong() & RANDOM_B);
    return new UUID(high, low).toString();
  }
}
