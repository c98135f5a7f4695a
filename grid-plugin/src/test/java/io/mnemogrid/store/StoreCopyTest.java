package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A copy is whole and of one moment, whatever is committed meanwhile. */
class StoreCopyTest {
  private static final SpaceName DARYL = new SpaceName("daryl");

  @TempDir Path folder;

  @Test
  void isOfOneMomentWhileOthersCommit() throws Exception {
    Path file = folder.resolve("store.db");
    try (SqliteStore store = SqliteStore.open(file);
        ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      store.log().create(DARYL, "{}");
      Scribe scribe = new Scribe(DARYL);
      for (int i = 0; i < 300; i++) {
        append(store, scribe);
      }
      long before = scribe.head().version();
      AtomicBoolean done = new AtomicBoolean();
      Future<Long> writer =
          threads.submit(() -> {
            while (!done.get()) {
              append(store, scribe);
            }
            return scribe.head().version();
          });
      try {
        await()
            .atMost(Duration.ofSeconds(60))
            .until(() -> store.log().head(DARYL).orElseThrow().version() > before);
        for (int i = 0; i < 5; i++) {
          Path copy = folder.resolve("copy" + i + ".db");
          StoreCopy.write(file, copy);
          assertThat(folder.resolve("copy" + i + ".db.part")).doesNotExist();
          checkWhole(copy, before);
          assertThat(OldLog.shape(copy)).isEqualTo(OldLog.shape(file));
        }
      } finally {
        done.set(true); // else a failure would wait for the writer
      }
      assertThat(writer.get()).as("committed meanwhile").isGreaterThan(before);
    }
  }

  private static void append(SqliteStore store, Scribe scribe) {
    Batch batch =
        new Batch(
            scribe.head(),
            List.of(
                scribe.set("id" + scribe.head().version(), "/big", Json.of("x".repeat(60_000)))));
    assertThat(store.log().append(List.of(batch))).containsExactly(new Appended.Committed());
  }

  private static void checkWhole(Path file, long atLeast) throws Exception {
    try (SqliteStore copy = SqliteStore.open(file)) {
      LogHead head = copy.log().head(DARYL).orElseThrow();
      assertThat(head.version()).isGreaterThanOrEqualTo(atLeast);
      Snapshot replayed = Snapshot.ofNew(DARYL);
      while (replayed.version() < head.version()) {
        for (Update update : copy.log().read(DARYL, replayed.version(), 100)) {
          replayed = replayed.plus(update);
        }
      }
      assertThat(replayed.head()).isEqualTo(head);
    }
    assertThat(OldLog.number(file, "SELECT count(*) FROM update_log"))
        .as("rows and no more")
        .isEqualTo(OldLog.number(file, "SELECT version FROM space"));
  }

  @Test
  void replacesNothing() throws Exception {
    Path file = folder.resolve("store.db");
    SqliteStore.open(file).close();
    Path there = Files.createFile(folder.resolve("there.db"));
    assertThatThrownBy(() -> StoreCopy.write(file, there))
        .isInstanceOf(FileAlreadyExistsException.class);
    assertThat(Files.size(there)).isZero();
  }
}
