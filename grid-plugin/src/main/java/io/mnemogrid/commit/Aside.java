package io.mnemogrid.commit;

import io.mnemogrid.commit.Flight.Room;
import io.mnemogrid.state.OldTombstones;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * A large request on its way to be resolved apart from the others, so that no other space waits for
 * it. One thread resolves it. The committer uses it before and after that, never meanwhile.
 */
public final class Aside {
  private final Flight flight;
  private final Request request;
  private final Instant now;
  private final OldTombstones old;
  private final Room room;
  private @Nullable Throwable failure;

  Aside(Flight flight, Request request, Instant now, OldTombstones old, Room room) {
    this.flight = flight;
    this.request = request;
    this.now = now;
    this.old = old;
    this.room = room;
  }

  /**
   * Resolves the request; the more it changes, the longer this takes. It throws nothing: whatever
   * is thrown meanwhile is kept as {@link #failure}.
   */
  public void resolve() {
    try {
      flight.board(request, now, old, room);
    } catch (RuntimeException | Error e) {
      failure = e;
    }
  }

  Flight flight() {
    return flight;
  }

  Request request() {
    return request;
  }

  /** Why it could not be resolved, or null. */
  @Nullable Throwable failure() {
    return failure;
  }
}
