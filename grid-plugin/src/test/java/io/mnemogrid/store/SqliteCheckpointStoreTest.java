package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.CheckpointStoreContractTest;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SqliteCheckpointStoreTest extends CheckpointStoreContractTest {
  @TempDir Path folder;
  private final List<SqliteStore> opened = new ArrayList<>();

  @Override
  protected Ports open() {
    SqliteStore store = SqliteStore.open(folder.resolve("store.db"));
    opened.add(store);
    return new Ports(store.audited(), store.checkpoints(), store.blobs(), store.settings());
  }

  @Override
  protected void takeLease(long epoch) {
    var lease = opened.getLast().lease();
    assertThat(lease.replace(lease.read(), new LeaseRow("leader", epoch, 1))).isTrue();
  }

  @Override
  protected void addBlob(byte[] bytes) {
    opened
        .getLast()
        .connections()
        .write(
            session -> session.update("INSERT INTO blob VALUES (?, ?)", Hash.sha256(bytes), bytes));
  }

  @AfterEach
  void close() {
    opened.forEach(SqliteStore::close);
  }

  @Test
  void keepsFewFindingsBesideTheNewestAndAllThatHaveAProblem() {
    SqliteStore store = opened.getLast();
    SpaceName space = SpaceName.of("daryl");
    for (long version = 1; version <= 40; version++) {
      store
          .audited()
          .publish(
              new AuditedHead(
                  new Head(space, version, Hash.ZERO, Hash.ZERO),
                  Hash.ZERO,
                  new ContentAddress(Hash.ZERO),
                  1,
                  Instant.EPOCH,
                  Instant.EPOCH,
                  version == 5 ? "a problem" : null));
    }
    List<Long> kept =
        store
            .connections()
            .read(session ->
                session.list(
                    "SELECT version FROM verified_head ORDER BY version", row -> row.getLong(1)));
    assertThat(kept).hasSize(17).startsWith(5L, 25L).endsWith(40L);
  }

  @Test
  void letsNoStatementChangeAHeader() {
    Connections connections = opened.getLast().connections();
    connections.write(session -> {
      session.update("INSERT INTO blob VALUES (?, ?)", new byte[32], new byte[0]);
      return session.update(
          "INSERT INTO checkpoint VALUES (1, ?, ?, ?, 'PENDING', 0, NULL, NULL, NULL)",
          new byte[32],
          new byte[105],
          new byte[32]);
    });
    for (String rewrite :
        List.of(
            "UPDATE checkpoint SET header = zeroblob(105)",
            "UPDATE checkpoint SET number = 2",
            "DELETE FROM checkpoint")) {
      assertThatThrownBy(() -> connections.write(session -> session.update(rewrite)))
          .isInstanceOf(LogUnavailable.class)
          .hasMessageContaining("checkpoint");
    }
    assertThatThrownBy(() -> connections.write(session -> session.update("DELETE FROM blob")))
        .isInstanceOf(LogUnavailable.class);
  }
}
