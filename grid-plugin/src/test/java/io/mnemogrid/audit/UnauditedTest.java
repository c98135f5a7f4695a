package io.mnemogrid.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnauditedTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  @TempDir Path folder;
  private SqliteStore store;
  private Unaudited unaudited;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder.resolve("mnemogrid.db"));
    store.log().create(SPACE, "{}");
    unaudited = new Unaudited(store.log(), store.audited());
  }

  @AfterEach
  void close() {
    store.close();
  }

  private List<AuditLag> lags() {
    return unaudited.lags();
  }

  private void audited(long version, @Nullable String problem) {
    Snapshot at = store.log().replay(SPACE, version).orElseThrow();
    store
        .audited()
        .publish(
            new AuditedHead(
                new Head(SPACE, version, at.head().root(), at.logRoot()),
                at.head().leafHash(),
                new ContentAddress(Hash.ZERO),
                version,
                at.head().committed(),
                store.log().now(),
                problem));
  }

  @Test
  void countsWhatWasNotAuditedAndHowLongTheOldestWaits() {
    assertThat(lags()).isEmpty();
    Scribe scribe = new Scribe(SPACE); // its times are of February 2026
    store.log().append(List.of(scribe.batch("u", 5)));
    AuditLag never = lags().getFirst();
    assertThat(never.updates()).isEqualTo(5);
    assertThat(never.age()).isGreaterThan(AuditLag.BOUND);
    assertThat(never.isTooFar()).isTrue();

    audited(3, null);
    final Instant before = store.log().now();
    AuditLag some = lags().getFirst();
    final Instant after = store.log().now();
    assertThat(some.audited()).isEqualTo(3);
    assertThat(some.updates()).isEqualTo(2);
    Instant committed = store.log().read(SPACE, 3, 1).getFirst().fields().committed();
    assertThat(some.age())
        .isBetween(Duration.between(committed, before), Duration.between(committed, after));

    audited(5, null);
    assertThat(lags()).isEmpty();
  }

  /** A row that is missing is not a log that ends there, of which nothing waits. */
  @Test
  void tellsTheAgeOfTheHeadWhereTheOldestIsMissing() throws SQLException {
    store.log().append(List.of(new Scribe(SPACE).batch("u", 5)));
    audited(3, null);
    Duration age = lags().getFirst().age();
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + folder.resolve("mnemogrid.db"));
        Statement statement = connection.createStatement()) {
      assertThat(statement.executeUpdate("DELETE FROM update_log WHERE version > 3")).isEqualTo(2);
    }
    AuditLag lag = lags().getFirst();
    assertThat(lag.updates()).isEqualTo(2);
    assertThat(lag.age().minus(age)).isBetween(Duration.ofSeconds(-4), Duration.ofSeconds(4));
    assertThat(lag.isTooFar()).isTrue();
  }

  @Test
  void leavesOutASpaceThatItNoLongerFollows() {
    store.log().append(List.of(new Scribe(SPACE).batch("u", 2)));
    audited(1, "roots differ");
    assertThat(lags()).isEmpty();
    assertThat(unaudited.follows(SPACE)).isFalse();
  }

  /** What it keeps is what one that begins now reads, whatever came before. */
  @Test
  void seesByWhatChangedWhatOneSeesThatBegins() {
    Random random = new Random(157);
    List<Scribe> scribes = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      SpaceName space = SpaceName.of("space-" + i);
      store.log().create(space, "{}");
      scribes.add(new Scribe(space));
    }
    for (int step = 0; step < 200; step++) {
      Scribe scribe = scribes.get(random.nextInt(scribes.size()));
      switch (random.nextInt(3)) {
        case 0 -> store.log().append(List.of(scribe.batch("u" + step + "-", 1)));
        case 1 -> audited(scribe.head().space(), random.nextLong(1, 40), null);
        default -> {
          String problem = random.nextInt(4) == 0 ? "roots differ" : null;
          if (scribe.head().version() > 0) {
            audited(scribe.head().space(), scribe.head().version(), problem);
          }
        }
      }
      if (random.nextInt(3) == 0) {
        assertThat(unaudited.heads())
            .as("after step %d", step)
            .isEqualTo(new Unaudited(store.log(), store.audited()).heads());
      }
    }
  }

  private void audited(SpaceName space, long version, @Nullable String problem) {
    store
        .audited()
        .publish(
            new AuditedHead(
                new Head(space, version, Hash.ZERO, Hash.ZERO),
                Hash.ZERO,
                new ContentAddress(Hash.ZERO),
                version,
                Instant.EPOCH,
                store.log().now(),
                problem));
  }
}
