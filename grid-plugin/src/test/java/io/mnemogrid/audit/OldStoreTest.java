package io.mnemogrid.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A store that was written before snapshots had a format and tombstones kept their times: {@code a}
 * removes /k at :10, {@code b}, who saw it, sets it again at :03; version 4 of 5 has a snapshot.
 */
class OldStoreTest {
  private static final SpaceName DARYL = new SpaceName("daryl");

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("mnemogrid.db");
  }

  @BeforeEach
  void unpack() throws Exception {
    try (InputStream packed =
            Objects.requireNonNull(
                getClass().getResourceAsStream("/old-stores/snapshots-without-format.db.gz"));
        InputStream bytes = new GZIPInputStream(packed)) {
      Files.copy(bytes, file());
    }
  }

  @Test
  void usesNoSnapshotOfAnOlderFormat() {
    try (Store store = SqliteStore.open(file())) {
      assertThat(store.log().snapshot(DARYL, 5)).isEmpty();
      Snapshot head = store.log().replay(DARYL, Long.MAX_VALUE).orElseThrow();
      assertThat(head.version()).isEqualTo(5);
      assertThat(timeOf(head.state(), "/k")).isEqualTo(Instant.parse("2026-02-05T19:00:10Z"));
    }
  }

  @Test
  void keepsOnlySnapshotsOfThePresentFormat() {
    try (Store store = SqliteStore.open(file());
        StoreRows rows = StoreRows.ofSqlite(file())) {
      long id = rows.spaces().getFirst().id();
      assertThat(rows.snapshots(id)).isEmpty();
      store.log().save(store.log().replay(DARYL, Long.MAX_VALUE).orElseThrow());
      assertThat(rows.snapshots(id)).containsExactly(5L);
      assertThat(store.log().snapshot(DARYL, 4)).isEmpty();
      assertThat(timeOf(store.log().snapshot(DARYL, 5).orElseThrow().state(), "/k"))
          .isEqualTo(Instant.parse("2026-02-05T19:00:10Z"));
    }
  }

  @Test
  void callsNoSnapshotOfAnOlderFormatALie() {
    try (Store store = SqliteStore.open(file());
        StoreRows rows = StoreRows.ofSqlite(file())) {
      Fsck fsck = new Fsck(rows, store, (_, _, _) -> {});
      assertThat(fsck.run(List.of(), Optional.empty())).isEmpty();
      assertThat(fsck.seen().versions()).isEqualTo(5);
      assertThat(fsck.seen().snapshots()).isZero();
    }
  }

  private static Instant timeOf(State state, String path) {
    return Objects.requireNonNull(state.leaf(Pointer.parse(path))).tag().time();
  }
}
