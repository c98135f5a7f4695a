package io.mnemogrid.replica;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReplicasTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration SOON = Duration.ofSeconds(5);

  private final MemoryUpdateLog log = new MemoryUpdateLog();
  private final Scribe scribe = new Scribe(SPACE);
  private final Replicas replicas = new Replicas(log);

  @BeforeEach
  void createSpace() {
    log.create(SPACE, "{}");
    append(3);
    replicas.load(SPACE);
  }

  @AfterEach
  void close() {
    replicas.close();
  }

  private List<Update> append(int count) {
    Batch batch = scribe.batch("u", count);
    log.append(List.of(batch));
    return batch.updates();
  }

  private Snapshot here() {
    return Objects.requireNonNull(replicas.get(SPACE));
  }

  private void awaitVersion(long version) {
    await().atMost(SOON).untilAsserted(() -> assertThat(here().version()).isEqualTo(version));
  }

  @Test
  void loadsWhatIsAskedFor() {
    assertThat(here().toText()).isEqualTo(scribe.snapshot().toText());
    assertThat(replicas.get(SpaceName.of("other"))).isNull();
    assertThat(replicas.load(SpaceName.of("other"))).isEmpty();
  }

  @Test
  void followsAnnouncementsBeforeItPolls() {
    replicas.start();
    for (int i = 0; i < 20; i++) {
      CompletableFuture<Snapshot> reached = replicas.reached(SPACE, scribe.head().version() + 2);
      replicas.announced(append(2));
      assertThat(reached).succeedsWithin(SOON);
    }
    assertThat(here().toText()).isEqualTo(scribe.snapshot().toText());
    assertThat(replicas.recent().range(SPACE, 4, 44)).hasSize(40);
  }

  @Test
  void readsTheLogAtAGapAndWithoutAnyAnnouncement() {
    replicas.start();
    append(2);
    replicas.announced(append(1));
    awaitVersion(6);
    append(1500);
    awaitVersion(1506);
    assertThat(replicas.reloads()).isZero();
  }

  @Test
  void believesNoForgedAnnouncement() {
    replicas.start();
    Scribe forger = new Scribe(scribe.snapshot());
    forger.set("x", "/x", Json.of(1));
    replicas.announced(List.of(forger.set("forged", "/x", Json.of(2))));
    Update next = append(1).getFirst();
    awaitVersion(4);
    assertThat(here().head().leafHash()).isEqualTo(next.leafHash());
    assertThat(replicas.recent().range(SPACE, 5, 6)).isEmpty();
  }

  @Test
  void loadsAnewWhenTheLogWasRestoredFromAnOlderCopy() {
    replicas.start();
    log.restore(SPACE, 2);
    awaitVersion(2);
    assertThat(replicas.reloads()).isEqualTo(1);
    Scribe elsewhere = new Scribe(here());
    log.append(List.of(elsewhere.batch("other", 4)));
    await()
        .atMost(SOON)
        .untilAsserted(() -> assertThat(here().toText()).isEqualTo(elsewhere.snapshot().toText()));
    assertThat(replicas.reloads()).isEqualTo(1);
  }

  @Test
  void loadsAnewWhenTheOtherHistoryIsAhead() {
    log.restore(SPACE, 1);
    Scribe elsewhere = new Scribe(log.replay(SPACE, 1).orElseThrow());
    log.append(List.of(elsewhere.batch("other", 9)));
    replicas.start();
    awaitVersion(10);
    assertThat(here().toText()).isEqualTo(elsewhere.snapshot().toText());
    assertThat(replicas.reloads()).isEqualTo(1);
  }

  @Test
  void dropsASpaceThatTheLogNoLongerHas() {
    replicas.start();
    log.restore(SPACE, 0);
    awaitVersion(0);
    assertThat(replicas.reloads()).isEqualTo(1);
  }

  @Test
  void aListenerThatFailsHarmsNobody() {
    replicas.listen(head -> {
      throw new IllegalStateException("a bot's own mistake");
    });
    CompletableFuture<Snapshot> reached = replicas.reached(SPACE, 4);
    Batch batch = scribe.batch("u", 1);
    log.append(List.of(batch));
    replicas.advance(scribe.snapshot());
    assertThat(reached).isCompleted();
  }

  @Test
  void knowsWhatItHasComePast() {
    replicas.start();
    List<Update> updates = append(4);
    assertThat(replicas.past(SPACE, 7, updates.getLast().leafHash())).as("not yet").isNull();
    replicas.announced(updates);
    awaitVersion(7);
    assertThat(replicas.past(SPACE, 7, updates.getLast().leafHash())).isSameAs(here());
    assertThat(replicas.past(SPACE, 5, updates.get(1).leafHash())).isSameAs(here());
    assertThat(replicas.past(SPACE, 5, updates.get(2).leafHash())).as("another leaf").isNull();
    assertThat(replicas.past(SPACE, 7, updates.get(2).leafHash())).as("another leaf").isNull();
    Update second = log.read(SPACE, 1, 1).getFirst();
    assertThat(replicas.past(SPACE, 2, second.leafHash())).as("before it looked").isNull();
  }

  @Test
  void neverGoesBack() {
    Snapshot older = log.replay(SPACE, 2).orElseThrow();
    replicas.advance(older);
    assertThat(here().version()).isEqualTo(3);
  }
}
