package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.CheckpointStoreContractTest;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PostgresCheckpointStoreIT extends CheckpointStoreContractTest {
  private final String database = Postgres.newStore();
  private final List<PostgresStore> opened = new ArrayList<>();

  @Override
  protected Ports open() {
    PostgresStore store = Postgres.open(database);
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
    opened.forEach(PostgresStore::close);
  }

  @Test
  void takesOverADatabaseOfTheFirstSchema() throws Exception {
    String old = Postgres.newDatabase();
    FirstSchema first = new FirstSchema();
    first.create(Postgres.url(old), "postgres", "postgresql");
    try (PostgresStore store = Postgres.open(old)) {
      first.check(store);
    }
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
            "UPDATE checkpoint SET header = decode(repeat('00', 105), 'hex')",
            "UPDATE checkpoint SET number = 2",
            "DELETE FROM checkpoint")) {
      assertThatThrownBy(() -> connections.write(session -> session.update(rewrite)))
          .isInstanceOf(LogUnavailable.class)
          .hasMessageContaining("checkpoint");
    }
    assertThatThrownBy(() -> connections.write(session -> session.update("DELETE FROM blob")))
        .isInstanceOf(LogUnavailable.class);
  }

  /** Else a leader could pass the check, lose the lease, and write all the same. */
  @Test
  void keepsTheLeaseWhileItsHolderWrites() throws Exception {
    open();
    PostgresStore leader = opened.getFirst();
    PostgresStore rival = opened.getLast();
    // neither gives up, however long this test is held up in the middle
    rival.connections().write(session -> session.update("SET lock_timeout = 0"));
    try (ExecutorService thread = Executors.newSingleThreadExecutor()) {
      Future<Boolean> takeover =
          leader
              .connections()
              .write(session -> {
                session.update("SET idle_in_transaction_session_timeout = 0");
                session.update(
                    "UPDATE setting SET value = '' WHERE "
                        + JdbcLease.epochStands(leader.connections().dialect()),
                    3);
                LeaseRow now = rival.lease().read();
                Future<Boolean> taking =
                    thread.submit(() -> rival.lease().replace(now, new LeaseRow("rival", 4, 1)));
                assertThatThrownBy(() -> taking.get(300, TimeUnit.MILLISECONDS))
                    .isInstanceOf(TimeoutException.class);
                return taking;
              });
      assertThat(takeover.get()).isTrue();
    }
  }
}
