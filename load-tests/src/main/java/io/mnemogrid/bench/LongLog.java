package io.mnemogrid.bench;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.replica.Snapshotter;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Writes a long log of one space. The first updates set its leaves, a few hundred each; every later
 * update sets one leaf to another number. The same arguments give the same log.
 */
final class LongLog {
  private static final int GROUP = 100;
  private static final int BATCH = 2_000;
  private static final Instant BEGAN = Instant.parse("2026-01-01T00:00:00Z");

  private final UpdateLog log;
  private final int leaves;
  private final Random random = new Random(1);
  private final List<Update> batch = new ArrayList<>();
  private Snapshot written;
  private Snapshot head;

  private LongLog(UpdateLog log, SpaceName space, int leaves) {
    this.log = log;
    this.leaves = leaves;
    this.head = Snapshot.ofNew(space);
    this.written = head;
  }

  /**
   * Writes the log.
   *
   * @param snapshots saves snapshots as a member would; null for no snapshots
   */
  static void write(
      UpdateLog log, SpaceName space, int leaves, long updates, @Nullable Snapshotter snapshots) {
    log.create(space, "{}");
    LongLog writer = new LongLog(log, space, leaves);
    for (int group = 0; group < leaves / GROUP; group++) {
      writer.add(writer.added(group));
    }
    while (writer.head.version() < updates) {
      writer.add(writer.modified());
      if (writer.batch.size() == BATCH || writer.head.version() == updates) {
        List<Update> written = writer.flush();
        if (snapshots != null) {
          snapshots.committed(writer.head, written);
        }
      }
    }
  }

  private static Pointer path(int leaf) {
    return Pointer.parse("/facts/group-" + leaf / GROUP + "/field-" + leaf % GROUP);
  }

  private Changes added(int group) {
    TreeMap<Pointer, Changes.Added> added = new TreeMap<>();
    for (int i = 0; i < GROUP; i++) {
      Pointer path = path(group * GROUP + i);
      added.put(path, new Changes.Added(path, Json.of(random.nextInt())));
    }
    return new Changes(List.copyOf(added.values()), List.of(), List.of());
  }

  private Changes modified() {
    Pointer path = path(random.nextInt(leaves));
    Json old = head.state().value(path);
    return new Changes(
        List.of(),
        List.of(),
        List.of(
            new Changes.Modified(
                path, Json.of(random.nextInt()), java.util.Objects.requireNonNull(old))));
  }

  private void add(Changes changes) {
    long version = head.version() + 1;
    Author author = new Author("bot-" + version % 16);
    Instant time = BEGAN.plusMillis(version);
    State next = head.state().apply(changes, time, author, version);
    Update update =
        Update.of(
            new Update.Fields(
                head.space(),
                version,
                new UpdateId("update-" + version),
                author,
                "user_interaction",
                version - 1,
                time,
                time,
                Hash.sha256("request " + version),
                head.head().leafHash(),
                next.root(),
                changes,
                List.of(),
                List.of()));
    head = head.with(update, next);
    batch.add(update);
  }

  private List<Update> flush() {
    List<Update> updates = List.copyOf(batch);
    batch.clear();
    UpdateLog.Appended appended =
        log.append(List.of(new UpdateLog.Batch(written.head(), updates))).getFirst();
    if (!(appended instanceof UpdateLog.Appended.Committed)) {
      throw new IllegalStateException("not appended: " + appended);
    }
    written = head;
    return updates;
  }
}
