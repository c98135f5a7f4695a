package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A store in which single rows were spoilt: what can be read is read, the rest is named. */
class DamagedLogTest {
  private static final SpaceName SPACE = SpaceName.of("damaged");
  private static final SpaceName OTHER = SpaceName.of("other");

  private final Scribe scribe = new Scribe(SPACE);
  private SqliteStore store;
  private UpdateLog log;

  /** Thirty versions, and snapshots of version 20 and 29. */
  @BeforeEach
  void write(@TempDir Path folder) {
    store = SqliteStore.open(folder.resolve("store.db"));
    log = store.log();
    log.create(SPACE, "{}");
    log.create(OTHER, "{}");
    log.append(List.of(scribe.batch("u", 20)));
    log.save(scribe.snapshot());
    log.append(List.of(scribe.batch("u", 9)));
    log.save(scribe.snapshot());
    log.append(List.of(scribe.batch("u", 1)));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private int spoil(String sql, Object... values) {
    return store.connections().write(session -> session.update(sql, values));
  }

  private void assertWhole() {
    assertThat(log.replay(SPACE, Long.MAX_VALUE).orElseThrow().toText())
        .isEqualTo(scribe.snapshot().toText());
  }

  @Test
  void passesOverASnapshotThatCannotBeRead() {
    assertThat(spoil("UPDATE snapshot SET deflated = x'00' WHERE version = 29")).isEqualTo(1);
    assertThat(log.snapshot(SPACE, 30).orElseThrow().version()).isEqualTo(20);
    assertWhole();
    assertThat(spoil("UPDATE snapshot SET deflated = x'00'")).isEqualTo(2);
    assertThat(log.snapshot(SPACE, 30)).isEmpty();
    assertWhole();
  }

  @Test
  void passesOverTheSnapshotOfAnotherVersion() {
    int spoilt =
        spoil(
            "UPDATE snapshot SET deflated = (SELECT deflated FROM snapshot WHERE version = 20)"
                + " WHERE version = 29");
    assertThat(spoilt).isEqualTo(1);
    assertThat(log.snapshot(SPACE, 30).orElseThrow().version()).isEqualTo(20);
    assertWhole();
  }

  @Test
  void passesOverASnapshotThatTheLogDoesNotFollow() {
    Snapshot right = log.replay(SPACE, 29).orElseThrow();
    LogHead head = right.head();
    Snapshot wrong =
        new Snapshot(
            new LogHead(SPACE, 29, head.root(), Hash.sha256("another history"), head.committed()),
            right.state(),
            right.frontier());
    byte[] text = JdbcUpdateLog.deflate(wrong.toText());
    assertThat(spoil("UPDATE snapshot SET deflated = ? WHERE version = 29", text)).isEqualTo(1);
    assertThat(log.snapshot(SPACE, 30).orElseThrow().head()).isEqualTo(wrong.head());
    assertWhole();
  }

  @Test
  void namesTheVersionOfARecordThatCannotBeRead() {
    for (String record : List.of("{}", "{", "")) {
      byte[] bytes = record.getBytes(StandardCharsets.UTF_8);
      spoil("UPDATE update_log SET record = ? WHERE version = 7", bytes);
      assertThatThrownBy(() -> log.read(SPACE, 0, 30))
          .isInstanceOfSatisfying(
              BrokenHistory.class,
              broken -> {
                assertThat(broken.space()).isEqualTo(SPACE);
                assertThat(broken.version()).isEqualTo(7);
                assertThat(broken.what()).contains("cannot be read");
              });
    }
    spoil("UPDATE update_log SET leaf_hash = x'00' WHERE version = 8");
    assertThatThrownBy(() -> log.leafHashes(SPACE, 0, 30))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version 8");
    assertWhole(); // from a snapshot after it
    spoil("DELETE FROM snapshot");
    assertThatThrownBy(() -> log.replay(SPACE, Long.MAX_VALUE))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version 7");
  }

  @Test
  void findsAHeadRowThatNamesNoRecordAndReadsTheOthers() {
    spoil("UPDATE space SET leaf_hash = zeroblob(32) WHERE name = ?", SPACE);
    assertThat(log.heads()).extracting(LogHead::space).containsExactly(SPACE, OTHER);
    assertThatThrownBy(() -> log.replay(SPACE, Long.MAX_VALUE))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version 30: the head row names leaf hash");
    assertThat(log.replay(SPACE, 29)).as("before its head").isPresent();
    spoil("UPDATE space SET version = 31 WHERE name = ?", SPACE);
    assertThatThrownBy(() -> log.replay(SPACE, Long.MAX_VALUE))
        .isInstanceOf(BrokenHistory.class)
        .hasMessageContaining("version 31: is missing");
  }
}
