package io.mnemogrid.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

class SnapshotterTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private final MemoryUpdateLog log = new MemoryUpdateLog();
  private final Scribe scribe = new Scribe(SPACE);

  private void commit(Snapshotter snapshotter, Batch batch) {
    log.append(List.of(batch));
    snapshotter.committed(scribe.snapshot(), batch.updates());
  }

  @Test
  void savesNothingForALittle() {
    log.create(SPACE, "{}");
    try (Snapshotter snapshotter = new Snapshotter(log)) {
      commit(snapshotter, scribe.batch("u", 100));
    }
    assertThat(log.snapshot(SPACE, Long.MAX_VALUE)).isEmpty();
  }

  @Test
  void keepsTombstonesBeforeTheHeadForgetsThem() {
    log.create(SPACE, "{}");
    try (Snapshotter snapshotter = new Snapshotter(log)) {
      commit(snapshotter, scribe.batch("u", 2000));
      commit(snapshotter, scribe.batch("u", (int) UpdateLog.REMEMBERED_EVERY - 2001));
      assertThat(log.remembered(SPACE)).isZero();
      commit(snapshotter, scribe.batch("u", 3));
      await()
          .atMost(Duration.ofSeconds(60))
          .until(() -> log.remembered(SPACE) == scribe.head().version());
    }
  }

  @Test
  void fillsInWhatAnOldStoreLacks() {
    log.create(SPACE, "{}");
    for (int i = 0; i < 4; i++) {
      log.append(List.of(scribe.batch("u", 2600)));
    }
    try (Snapshotter snapshotter = new Snapshotter(log)) {
      snapshotter.start();
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> {
            assertThat(log.snapshot(SPACE, Long.MAX_VALUE)).isPresent();
            assertThat(log.remembered(SPACE)).isEqualTo(scribe.head().version());
          });
    }
    assertThat(log.snapshot(SPACE, Long.MAX_VALUE).orElseThrow().toText())
        .isEqualTo(scribe.snapshot().toText());
  }

  @Test
  void savesAtTheLatestAfterSoManyVersionsThatAStartWouldNoticeThem() {
    log.create(SPACE, "{}");
    Batch thousand = scribe.batch("u", 1000);
    log.append(List.of(thousand));
    try (Snapshotter snapshotter = new Snapshotter(log)) {
      for (int i = 0; i < 32; i++) { // it only counts them
        snapshotter.committed(scribe.snapshot(), thousand.updates());
      }
      assertThat(log.snapshot(SPACE, Long.MAX_VALUE)).isEmpty();
      snapshotter.committed(scribe.snapshot(), thousand.updates());
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(log.snapshot(SPACE, Long.MAX_VALUE)).isPresent());
    }
  }

  @Test
  void savesWhatStartsFasterAfterManyBytes() {
    log.create(SPACE, "{}");
    String large = "x".repeat(200_000);
    try (Snapshotter snapshotter = new Snapshotter(log)) {
      commit(snapshotter, scribe.batch("u", 1000));
      for (int i = 0; i < 200; i++) {
        Snapshot before = scribe.snapshot();
        commit(
            snapshotter,
            new Batch(
                before.head(), List.of(scribe.set("large" + i, "/large", Json.of(large + i)))));
      }
      await()
          .atMost(Duration.ofSeconds(60))
          .untilAsserted(() -> assertThat(log.snapshot(SPACE, Long.MAX_VALUE)).isPresent());
    }
    Snapshot saved = log.snapshot(SPACE, Long.MAX_VALUE).orElseThrow();
    assertThat(saved.version()).isGreaterThanOrEqualTo(1000);
    assertThat(log.replay(SPACE, Long.MAX_VALUE).orElseThrow().toText())
        .isEqualTo(scribe.snapshot().toText());
  }
}
