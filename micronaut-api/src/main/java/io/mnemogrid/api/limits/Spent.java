package io.mnemogrid.api.limits;

import io.micronaut.http.HttpRequest;
import org.jspecify.annotations.Nullable;

/**
 * What a request costs its caller besides being one. It is charged at once and never refused: the
 * caller's next request waits. Nothing where nobody is counted. Safe for all threads.
 */
public final class Spent {
  /** The work of a page of records. */
  public static final long PAGE = 100;

  /** The work of reading an old version, or the difference of two. */
  public static final long REPLAY = 1000;

  /** Of a request for which nobody is counted. */
  public static final Spent BY_NOBODY = new Spent(null);

  private final @Nullable Caller caller;

  private Spent(@Nullable Caller caller) {
    this.caller = caller;
  }

  /** What that request costs. */
  public static Spent of(HttpRequest<?> request) {
    Caller caller = Callers.of(request);
    return caller == null ? BY_NOBODY : new Spent(caller);
  }

  /** Units of work: changes, leaves, KiB of missed records. */
  public void work(long units) {
    if (caller != null) {
      caller.work(units);
    }
  }

  /** Bytes of an answer that is sent in parts. */
  public void bytes(long count) {
    if (caller != null) {
      caller.bytes(count);
    }
  }
}
