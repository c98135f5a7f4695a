package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.UpdateId;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A space in which everything is removed again does not grow in memory. {@code
 * -Dmnemogrid.creates=1000000} plays as many as the promise says and prints the figures.
 */
class ForgettingTest {
  private static final SpaceName SPACE = new SpaceName("busy");
  private static final Author AUTHOR = new Author("bot");
  private static final Instant TIME = Instant.parse("2026-02-05T19:00:00Z");
  private static final int CREATES = Integer.getInteger("mnemogrid.creates", 20_000);
  private static final int AT_ONCE = 1000;

  @TempDir Path folder;

  private Snapshot head = Snapshot.ofNew(SPACE);

  @Test
  void aSpaceOfCreatesAndDeletesStaysSmall() throws Exception {
    Path file = folder.resolve("mnemogrid.db");
    try (Store store = SqliteStore.open(file)) {
      store.log().create(SPACE, "{}");
      long began = System.nanoTime();
      long first = 0;
      long early = 0;
      int earlyText = 0;
      for (int created = 0; created < CREATES; created += AT_ONCE) {
        commit(store, created);
        if (head.version() % 10_000 == 0) {
          assertThat(store.log().remember(head)).isTrue();
        }
        if (created + AT_ONCE == CREATES / 10) {
          first = heapBytes();
        }
        if (created + AT_ONCE == CREATES / 2) {
          early = heapBytes();
          earlyText = head.toText().length();
        }
      }
      assertThat(head.version()).isEqualTo(2L * CREATES);
      assertThat(head.state().leaves()).isZero();
      assertThat(head.state().tombstones()).hasSize((int) State.REMEMBERED_VERSIONS / 2);
      assertThat(head.state().tombstonesSince(0)).hasSize((int) State.REMEMBERED_VERSIONS / 2);
      assertThat(head.toText().length()).isBetween(earlyText * 9 / 10, earlyText * 11 / 10);
      assertThat(heapBytes() - early).as("heap grown since the half").isLessThan(16 << 20);
      assertThat(store.log().remember(head)).isTrue();
      assertThat(store.log().recall(SPACE, 0, List.of(Pointer.parse("/k1")), List.of()).byPath())
          .hasSize(1);
      System.out.printf(
          "%,d creates and deletes in %,d s: heap after collection %,d KiB at the tenth, %,d KiB at"
              + " the half, %,d KiB at the end; snapshot %,d bytes; store %,d MiB%n",
          CREATES,
          Duration.ofNanos(System.nanoTime() - began).toSeconds(),
          first >> 10,
          early >> 10,
          heapBytes() >> 10,
          head.toText().length(),
          storeBytes() >> 20);
    }
  }

  private long storeBytes() throws IOException {
    long bytes = 0;
    try (Stream<Path> files = Files.list(folder)) {
      for (Path each : files.toList()) {
        bytes += Files.size(each);
      }
    }
    return bytes;
  }

  private static long heapBytes() {
    System.gc();
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  /** So many leaves, each created by a version and removed by the next. */
  private void commit(Store store, int from) {
    LogHead expected = head.head();
    List<Update> updates = new ArrayList<>();
    for (int i = from; i < from + AT_ONCE; i++) {
      Pointer path = Pointer.parse("/k" + i);
      Json value = Json.of(i);
      updates.add(
          add("c" + i, new Changes(List.of(new Changes.Added(path, value)), List.of(), List.of())));
      updates.add(
          add(
              "d" + i,
              new Changes(List.of(), List.of(new Changes.Deleted(path, value)), List.of())));
    }
    store.log().append(List.of(new Batch(expected, updates)));
  }

  private Update add(String id, Changes changes) {
    State next = head.state().apply(changes, TIME, AUTHOR, head.version() + 1);
    Update update =
        Update.of(
            new Update.Fields(
                SPACE,
                head.version() + 1,
                new UpdateId(id),
                AUTHOR,
                "test",
                head.version(),
                TIME,
                TIME,
                Hash.OF_NOTHING,
                head.head().leafHash(),
                next.root(),
                changes,
                List.of(),
                List.of()));
    head = head.with(update, next);
    return update;
  }
}
