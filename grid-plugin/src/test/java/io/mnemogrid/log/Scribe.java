package io.mnemogrid.log;

import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Writes the true history of one space in memory: what tests append, and what they expect. */
public final class Scribe {
  private Snapshot head;
  private Instant clock = Instant.parse("2026-02-05T19:00:00Z");

  /** Begins at version 0. */
  public Scribe(SpaceName space) {
    this.head = Snapshot.ofNew(space);
  }

  /** Goes on from a version. */
  public Scribe(Snapshot head) {
    this.head = head;
    this.clock = head.head().committed();
  }

  /** The version it has come to. */
  public Snapshot snapshot() {
    return head;
  }

  /** The head row of that version. */
  public LogHead head() {
    return head.head();
  }

  /** The update with that id that sets {@code path}; one second later than the one before. */
  public Update set(String id, String path, Json value) {
    return write(
        id, "{\"added\":[{\"key\":\"%s\",\"value\":%s}]}".formatted(path, value.canonical()));
  }

  /** The same for one that removes what stands at {@code path}. */
  public Update delete(String id, String path) {
    return write(id, "{\"deleted\":[{\"key\":\"%s\"}]}".formatted(path));
  }

  private Update write(String id, String changes) {
    clock = clock.plusSeconds(1);
    Delta delta =
        Delta.parse(
            Json.parseObject(
                """
                {"author":"bot-a","base":%d,"changes":%s,\
                "timestamp":"%s","type":"test","update_id":"%s"}\
                """
                    .formatted(head.version(), changes, Timestamps.format(clock), id)));
    if (!(Resolver.resolve(head.state(), head.version(), delta)
        instanceof Resolution.Accepted accepted)) {
      throw new IllegalArgumentException("refused: " + changes);
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
                clock,
                delta.requestHash(),
                head.head().leafHash(),
                accepted.next().root(),
                accepted.changes(),
                accepted.superseded(),
                accepted.overrode()));
    head = head.with(update, accepted.next());
    return update;
  }

  /** {@code count} further updates, their ids the prefix and their version, as one batch. */
  public Batch batch(String prefix, int count) {
    LogHead expected = head();
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      long version = head.version() + 1;
      updates.add(set(prefix + version, "/facts/k" + version % 50, Json.of(version)));
    }
    return new Batch(expected, updates);
  }
}
