package io.mnemogrid.api.limits;

import io.github.bucket4j.TimeMeter;
import io.mnemogrid.SharedRates;
import io.mnemogrid.api.limits.RateClass.Kind;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Somebody who is counted: a key, or an address. A request is let in while there is a token for a
 * request and neither bytes nor work are used up. What a request has cost in bytes and work is
 * charged when it is known, so the one that empties a bucket is served and the next one waits. Safe
 * for all threads.
 */
final class Caller {
  private static final long MOST_RETRY_SECONDS = 60;
  private static final Kind[] KINDS = Kind.values();

  private final RateClass of;
  private final @Nullable Tokens requests;
  private final @Nullable Tokens bytes;
  private final @Nullable Tokens work;

  /** Why a caller has to wait, and for how long. */
  record Refusal(Kind kind, long limit, long retrySeconds) {}

  /**
   * A caller that has asked for nothing yet.
   *
   * @param rates the rate that members share, by kind
   */
  Caller(RateClass of, Function<Kind, SharedRates.Rate> rates, TimeMeter clock) {
    this.of = of;
    this.requests = tokens(of, Kind.REQUESTS, rates, clock);
    this.bytes = tokens(of, Kind.BYTES, rates, clock);
    this.work = tokens(of, Kind.WORK, rates, clock);
  }

  private static @Nullable Tokens tokens(
      RateClass of, Kind kind, Function<Kind, SharedRates.Rate> rates, TimeMeter clock) {
    long rate = kind.of(of.rate());
    return rate == 0 ? null : new Tokens(rate, rates.apply(kind), clock);
  }

  /** The class that it is of. */
  RateClass of() {
    return of;
  }

  /** Counts a request; null when it is let in. */
  @Nullable Refusal enter() {
    boolean hasBytes = isOpen(bytes);
    boolean hasWork = isOpen(work);
    if (requests != null) {
      requests.want(1);
    }
    if (!hasBytes) {
      return refusal(Kind.BYTES, bytes);
    }
    if (!hasWork) {
      return refusal(Kind.WORK, work);
    }
    return requests == null || requests.take() ? null : refusal(Kind.REQUESTS, requests);
  }

  /**
   * Whether a token is left. If not, all of the rate is wanted here: what was charged has to go.
   */
  private static boolean isOpen(@Nullable Tokens tokens) {
    if (tokens == null || tokens.left() > 0) {
      return true;
    }
    tokens.wantAll();
    return false;
  }

  private @Nullable Refusal refusal(Kind kind, @Nullable Tokens tokens) {
    if (tokens == null) {
      return null;
    }
    return new Refusal(kind, kind.of(of.rate()), retrySeconds(tokens, tokens.left()));
  }

  private static long retrySeconds(Tokens tokens, long left) {
    return Math.clamp(tokens.secondsUntil(1, left), 1, MOST_RETRY_SECONDS);
  }

  /** Takes back that a request was counted: its answer was that nothing is new. */
  void giveBack() {
    if (requests != null) {
      requests.giveBack(1);
    }
  }

  /** Charges bytes of a body or an answer. */
  void bytes(long count) {
    if (bytes != null && count > 0) {
      bytes.charge(count);
    }
  }

  /** Charges units of work. */
  void work(long units) {
    if (work != null && units > 0) {
      work.charge(units);
    }
  }

  /**
   * The header {@code RateLimit}: of the bucket of which the least part is left, how much that is
   * on this member, and in how many seconds it is full again; of an empty one, when to come again.
   */
  String left() {
    String name = "";
    long fewest = 0;
    long seconds = 0;
    double least = Double.MAX_VALUE;
    for (Kind kind : KINDS) {
      Tokens tokens = tokens(kind);
      if (tokens != null) {
        long left = tokens.left();
        double part = tokens.part(left);
        if (part < least) {
          least = part;
          name = of.policyName(kind);
          fewest = left;
          seconds =
              left > 0 ? tokens.secondsUntil(tokens.most(), left) : retrySeconds(tokens, left);
        }
      }
    }
    return name + ";r=" + Math.max(0, fewest) + ";t=" + seconds;
  }

  private @Nullable Tokens tokens(Kind kind) {
    return switch (kind) {
      case REQUESTS -> requests;
      case BYTES -> bytes;
      case WORK -> work;
    };
  }
}
