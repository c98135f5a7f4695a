package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The rows that fsck reads, of a PostgreSQL store. */
class PostgresRowsIT {
  private static final SpaceName SPACE = new SpaceName("rows");

  @Test
  void showsWhatTheStoreWrote() {
    String database = Postgres.newDatabase();
    try (PostgresStore store = Postgres.open(database);
        StoreRows rows = StoreRows.ofPostgres(Postgres.url(database), "postgres", null)) {
      store.log().create(SPACE, "{}");
      Scribe scribe = new Scribe(SPACE);
      Batch begin = new Batch(scribe.head(), List.of(scribe.set("u1", "/a", Json.of(1))));
      List<Update> updates = new ArrayList<>(begin.updates());
      store.log().append(List.of(begin));
      Batch next = new Batch(scribe.head(), List.of(scribe.set("u2", "/a", Json.of(2))));
      updates.addAll(next.updates());
      store.log().append(List.of(next));
      store.log().save(scribe.snapshot());
      ContentAddress blob =
          ContentAddress.of(scribe.snapshot().state().document().canonicalBytes());
      AuditedHead verified =
          new AuditedHead(
              new Head(SPACE, 2, scribe.head().root(), scribe.snapshot().logRoot()),
              scribe.head().leafHash(),
              blob,
              2,
              scribe.head().committed(),
              Instant.ofEpochMilli(7),
              null);
      store.audited().publish(verified);

      StoreRows.SpaceRow space = rows.spaces().getFirst();
      assertThat(space.head()).isEqualTo(scribe.head());
      assertThat(space.newest()).isEqualTo(2);
      assertThat(rows.log(space.id(), 0, 9))
          .extracting(row -> new String(row.record(), StandardCharsets.UTF_8))
          .isEqualTo(updates.stream().map(Update::text).toList());
      assertThat(rows.log(space.id(), 1, 9))
          .singleElement()
          .satisfies(row -> {
            assertThat(row.updateId()).isEqualTo("u2");
            assertThat(row.leafHash()).isEqualTo(scribe.head().leafHash());
            assertThat(row.committed()).isEqualTo(scribe.head().committed());
          });
      assertThat(rows.snapshots(space.id())).containsExactly(2L);
      assertThat(rows.verified()).containsExactly(verified);
      assertThat(rows.checkpoints()).isEmpty();
      assertThat(rows.entries()).isEmpty();
      assertThat(rows.falseBlob()).isEmpty();
      assertThat(rows.damage()).isEmpty();
    }
  }

  @Test
  void pagesOfTheLogEndByTheirBytes() {
    String database = Postgres.newDatabase();
    try (PostgresStore store = Postgres.open(database);
        StoreRows rows = StoreRows.ofPostgres(Postgres.url(database), "postgres", null)) {
      StoreRowsTest.endsItsPagesByTheirBytes(rows, StoreRowsTest.write(store));
    }
  }
}
