package io.mnemogrid.api.events;

import io.mnemogrid.Follower;
import io.mnemogrid.Space;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.SpaceName;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * One space of a stream, and where in it the client is. Used by the event loop of the stream; while
 * a page of the log is read for it, another thread has its follower.
 */
final class Lane {
  /** The records of its first page of the log. */
  static final int FIRST_PAGE = 16;

  final Space space;

  /** There may be news that the stream has not looked at; for any thread. */
  final AtomicBoolean isRung = new AtomicBoolean();

  Follower follower;

  /** What the client was sent, or what a filter passed over for it. */
  HeadTag at;

  /** Whether it stands in the queue of those that are asked next. */
  boolean isReady;

  boolean isReading;
  int page = FIRST_PAGE;

  /** The log is not read before this moment. */
  long notBefore = System.nanoTime();

  long toldFinal;

  /** The damage that the client was told of. */
  Frames.@Nullable Trouble damage;

  /** What others found, as the client was told of it. */
  Map<Frames.By, Frames.Trouble> toldTrouble = Map.of();

  Lane(Space space, HeadTag at, Follower follower) {
    this.space = space;
    this.at = at;
    this.follower = follower;
  }

  /** A lane that begins behind a place. */
  static Lane from(Space space, HeadTag at) {
    return new Lane(space, at, space.follow(at));
  }

  SpaceName name() {
    return space.name();
  }

  /** Goes on from another place. */
  void restart(HeadTag from) {
    follower.close();
    follower = space.follow(from);
    at = from;
    toldFinal = 0;
  }
}
