package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.CheckpointStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.LeaseRow;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.checkpoint.OutboxEntry;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.checkpoint.StoredCheckpoint.Status;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import org.flywaydb.core.Flyway;
import org.jspecify.annotations.Nullable;

/**
 * A store as the first schema had it, with three checkpoints: one final, one sent, one only
 * prepared; and what the schema of today must make of it.
 */
final class FirstSchema {
  private static final Instant PREPARED = Instant.parse("2026-02-05T19:00:00Z");
  private static final Instant FINAL = Instant.parse("2026-02-05T19:00:30Z");
  private static final SpaceName SPACE = new SpaceName("daryl");
  private static final SpaceName TWIN = new SpaceName("twin");

  private final List<Checkpoint> checkpoints = new ArrayList<>();

  FirstSchema() {
    Hash previous = Hash.ZERO;
    for (int number = 1; number <= 3; number++) {
      Head head =
          new Head(SPACE, number, Hash.sha256("state" + number), Hash.sha256("log" + number));
      Manifest manifest =
          new Manifest(
              number,
              new Address("0x" + "ab".repeat(20)),
              previous,
              List.of(new Manifest.Entry(head, new ContentAddress(Hash.sha256("s")), 1)),
              PREPARED);
      Header header = new Header(number, previous, Hash.sha256("f" + number), manifest.digest());
      checkpoints.add(new Checkpoint(header, manifest));
      previous = header.hash();
    }
  }

  /** Makes it in an empty database. */
  void create(String url, @Nullable String user, String migrations) throws SQLException {
    Flyway.configure()
        .dataSource(url, user, null)
        .locations("classpath:db/migration/" + migrations)
        .target("1")
        .load()
        .migrate();
    Properties properties = new Properties();
    if (user != null) {
      properties.setProperty("user", user);
    }
    try (Connection connection = DriverManager.getConnection(url, properties)) {
      connection.setAutoCommit(false);
      for (Checkpoint checkpoint : checkpoints) {
        insert(connection, checkpoint);
      }
      connection.commit();
    }
  }

  private static void insert(Connection connection, Checkpoint checkpoint) throws SQLException {
    long number = checkpoint.number();
    byte[] manifest = checkpoint.manifest().toText().getBytes(StandardCharsets.UTF_8);
    Hash digest = checkpoint.header().manifestDigest();
    run(connection, "INSERT INTO blob VALUES (?, ?)", digest.toBytes(), manifest);
    run(
        connection,
        """
        INSERT INTO checkpoint (number, hash, header, manifest_digest, status, prepared)
        VALUES (?, ?, ?, ?, ?, ?)
        """,
        number,
        checkpoint.hash().toBytes(),
        checkpoint.header().toBytes(),
        digest.toBytes(),
        "PENDING",
        PREPARED.toEpochMilli());
    Head head = checkpoint.manifest().spaces().getFirst().head();
    run(
        connection,
        "INSERT INTO checkpoint_space VALUES (?, ?, ?, ?, ?, ?, ?)",
        SPACE.text(),
        number,
        head.version(),
        head.stateRoot().toBytes(),
        head.logRoot().toBytes(),
        Hash.sha256("s").toBytes(),
        1L);
    if (number == 1) {
      run(
          connection,
          "INSERT INTO checkpoint_space VALUES (?, ?, ?, ?, ?, ?, ?)",
          TWIN.text(),
          number,
          head.version(),
          head.stateRoot().toBytes(),
          head.logRoot().toBytes(),
          Hash.sha256("s").toBytes(),
          2L);
    }
    if (number <= 2) {
      run(
          connection,
          """
          UPDATE checkpoint SET status = ?, finalized = ?,
            tx_anchor = 'evm:1:0x', tx_nonce = ?, tx_raw = ?, tx_hash = ? WHERE number = ?
          """,
          number == 1 ? "FINALIZED" : "SENT",
          number == 1 ? FINAL.toEpochMilli() : null,
          number + 6,
          "raw" + number,
          "0x" + number,
          number);
    }
  }

  private static void run(Connection connection, String sql, @Nullable Object... values)
      throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        if (values[i] == null) {
          statement.setNull(i + 1, java.sql.Types.BIGINT);
        } else {
          statement.setObject(i + 1, values[i]);
        }
      }
      assertThat(statement.executeUpdate()).isEqualTo(1);
    }
  }

  /** Everything is there still, and goes on. */
  void check(Store store) {
    CheckpointStore migrated = store.checkpoints();
    assertThat(migrated.list(Long.MAX_VALUE, 10).reversed())
        .containsExactly(
            new StoredCheckpoint(
                checkpoints.get(0), Status.FINALIZED, transaction(1), PREPARED, PREPARED, FINAL),
            new StoredCheckpoint(
                checkpoints.get(1), Status.SENT, transaction(2), PREPARED, PREPARED, null),
            new StoredCheckpoint(checkpoints.get(2), Status.PENDING, null, PREPARED, null, null));
    assertThat(migrated.outbox(2, 10))
        .containsExactly(new OutboxEntry(transaction(2), PREPARED, null));
    assertThat(migrated.held()).isEmpty();
    assertThat(store.blobs().document(new ContentAddress(Hash.sha256("s")), SPACE))
        .contains(new DocumentPlace(SPACE, 1));
    assertThat(store.blobs().document(new ContentAddress(Hash.sha256("s")), TWIN))
        .as("a document of two spaces, of which an older schema knew one")
        .contains(new DocumentPlace(TWIN, 2));
    assertThat(migrated.finalizedVersion(SPACE)).isEqualTo(1);

    assertThat(store.lease().replace(LeaseRow.NONE, new LeaseRow("me", 1, 1))).isTrue();
    SignedTransaction next =
        new SignedTransaction("evm:1:0x", 9, "raw3", "0x3", 2, 3, new Cost(7, Cost.NONE.wei()));
    assertThat(migrated.sign(next, 1)).isTrue();
    assertThat(migrated.find(3).orElseThrow().transaction()).isEqualTo(next);
    assertThat(migrated.outbox(2, 10))
        .extracting(OutboxEntry::transaction)
        .containsExactly(next, transaction(2));
  }

  private static SignedTransaction transaction(long number) {
    return new SignedTransaction(
        "evm:1:0x", number + 6, "raw" + number, "0x" + number, number, number, Cost.NONE);
  }
}
