package io.mnemogrid.bench;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Instant;
import java.util.Random;

/**
 * A committer's work on one space without its queue and its store. Each delta is resolved against
 * the head and becomes a chained record, whose leaf hash goes into the log tree. When {@code
 * rooted} is false, the records hold a constant as their root and no state is hashed. Not safe for
 * threads.
 */
final class Records {
  private static final Author AUTHOR = new Author("bench");

  private final boolean rooted;
  private final Random random = new Random(1);
  private State state = State.EMPTY;
  private Frontier frontier = Frontier.EMPTY;
  private LogHead head;

  Records(SpaceName space, boolean rooted) {
    this.head = LogHead.ofNew(space);
    this.rooted = rooted;
  }

  LogHead head() {
    return head;
  }

  State state() {
    return state;
  }

  /** A delta that sets one number somewhere, by an author who has seen the head. */
  Delta someDelta(int leaves) {
    return delta(MnemogridPeer.path(random.nextInt(leaves)), Json.of(random.nextInt()));
  }

  Delta delta(String path, Json value) {
    return new DeltaBuilder(AUTHOR, head.version(), Instant.now()).set(path, value).build();
  }

  /** The next record. */
  Update append(Delta delta, Instant now) {
    if (!(Resolver.resolve(state, head.version(), delta) instanceof Resolution.Accepted accepted)) {
      throw new IllegalStateException("refused: " + delta);
    }
    Update update =
        Update.of(
            new Update.Fields(
                head.space(),
                head.version() + 1,
                delta.id(),
                delta.author(),
                delta.type(),
                delta.base(),
                delta.timestamp(),
                now.isBefore(head.committed()) ? head.committed() : now,
                delta.requestHash(),
                head.leafHash(),
                rooted ? accepted.next().root() : Hash.ZERO,
                accepted.changes(),
                accepted.superseded(),
                accepted.overrode()));
    state = accepted.next();
    frontier = frontier.plus(update.leafHash());
    head =
        new LogHead(
            head.space(),
            update.version(),
            update.root(),
            update.leafHash(),
            update.fields().committed());
    return update;
  }

  /** The root of the log tree. */
  Hash logRoot() {
    return frontier.root();
  }
}
