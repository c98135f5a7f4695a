package io.mnemogrid.api.limits;

import io.github.bucket4j.Bandwidth;
import io.github.bucket4j.Bucket;
import io.github.bucket4j.BucketConfiguration;
import io.github.bucket4j.TimeMeter;
import io.github.bucket4j.TokensInheritanceStrategy;
import io.github.bucket4j.local.LocalBucket;
import io.mnemogrid.SharedRates;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * A token bucket: this member's share of one rate of one caller. It holds what the share grants in
 * a second, and at least one token. What is charged after the fact may empty it further, down to
 * {@link #DEEPEST_SECONDS} of the whole rate; then the caller waits until there is a token again.
 *
 * <p>When the share changes by more than a fiftieth, the next request fits the bucket to it. The
 * tokens stay as many as they are, so no token is granted because shares move. Safe for all
 * threads; nothing blocks.
 */
final class Tokens {
  /** For no longer than it takes the whole rate to grant so much a caller pays for the past. */
  static final int DEEPEST_SECONDS = 10;

  /** A change of the share that is less than this part of it is none. */
  private static final double SMALL_CHANGE = 0.02;

  private static final double NANOS_PER_SECOND = 1e9;

  private final long rate;
  private final SharedRates.Rate shared;
  private final LocalBucket bucket;
  private final AtomicBoolean isFitting = new AtomicBoolean();
  private volatile double share;

  /**
   * A full bucket.
   *
   * @param rate tokens in a second, at least 1
   * @param shared the same rate as all members share it
   */
  Tokens(long rate, SharedRates.Rate shared, TimeMeter clock) {
    this.rate = rate;
    this.shared = shared;
    this.share = shared.share();
    this.bucket =
        Bucket.builder().addLimit(limit(rate, share)).withCustomTimePrecision(clock).build();
  }

  private static Bandwidth limit(long rate, double share) {
    double perSecond = rate * share;
    long tokens = Math.max(1, Math.round(perSecond));
    return Bandwidth.builder()
        .capacity(tokens)
        .refillGreedy(
            tokens, Duration.ofNanos((long) Math.ceil(tokens / perSecond * NANOS_PER_SECOND)))
        .build();
  }

  /** Says that so many are wanted, granted or not, and fits the bucket to its share. */
  void want(long tokens) {
    shared.asked(tokens / (double) rate);
    double now = shared.share();
    if (Math.abs(now - share) > SMALL_CHANGE * now && isFitting.compareAndSet(false, true)) {
      try {
        bucket.replaceConfiguration(
            BucketConfiguration.builder().addLimit(limit(rate, now)).build(),
            TokensInheritanceStrategy.AS_IS);
        share = now;
      } finally {
        isFitting.set(false);
      }
    }
  }

  /** Says that all of the rate is wanted. */
  void wantAll() {
    want(rate);
  }

  /** Takes a token; false when there is none. */
  boolean take() {
    return bucket.tryConsume(1);
  }

  /** Takes so many tokens, whether they are there or not. */
  void charge(long tokens) {
    long most = bucket.getAvailableTokens() + DEEPEST_SECONDS * rate;
    if (Math.min(tokens, most) > 0) {
      bucket.consumeIgnoringRateLimits(Math.min(tokens, most));
    }
    want(tokens);
  }

  /** Gives tokens back that were taken and not used. */
  void giveBack(long tokens) {
    bucket.addTokens(tokens);
    shared.asked(-tokens / (double) rate);
  }

  /** How many there are; negative when more was charged than there were. */
  long left() {
    return bucket.getAvailableTokens();
  }

  /** What part of a full bucket that is; negative likewise. */
  double part(long left) {
    return left / Math.max(1, rate * share);
  }

  /** Seconds until there are so many, rounded up, as long as the share stays what it is. */
  long secondsUntil(long tokens, long left) {
    return left >= tokens ? 0 : (long) Math.ceil((tokens - left) / (rate * share));
  }

  /** How many a full bucket holds. */
  long most() {
    return Math.max(1, Math.round(rate * share));
  }
}
