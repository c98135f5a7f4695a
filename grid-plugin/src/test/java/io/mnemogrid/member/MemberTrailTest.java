package io.mnemogrid.member;

import static io.mnemogrid.trail.Entries.NOON;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridConfig.Trail.Recorded;
import io.mnemogrid.GridHealth;
import io.mnemogrid.Trail;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.trail.Entries;
import io.mnemogrid.trail.TrailBatch;
import io.mnemogrid.trail.TrailEntry;
import io.mnemogrid.trail.TrailHead;
import io.mnemogrid.trail.TrailSheet;
import io.mnemogrid.trail.TrailStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The trail of a real store, which a test takes away and gives back. */
class MemberTrailTest {
  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private SqliteStore store;
  private MemberTrail trail;
  private Instant clock = NOON;
  private boolean isGone;
  private boolean isUnsure;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder.resolve("store.db"));
    trail = trail(Recorded.CHANGES);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private MemberTrail trail(Recorded wanted) {
    return new MemberTrail(new Breakable(), wanted, () -> false, "alpha", () -> clock, nanos::get);
  }

  /** The store's trail, which fails when the test wants it, before or after it did its work. */
  private final class Breakable implements TrailStore {
    private TrailStore there() {
      if (isGone) {
        throw gone(LogUnavailable.Outcome.NOT_APPLIED);
      }
      return store.trail();
    }

    private LogUnavailable gone(LogUnavailable.Outcome outcome) {
      return new LogUnavailable(outcome, "gone", new IllegalStateException());
    }

    @Override
    public TrailHead head() {
      return there().head();
    }

    @Override
    public TrailHead append(TrailBatch batch, boolean maybeThere) {
      TrailHead head = there().append(batch, maybeThere);
      if (isUnsure) {
        throw gone(LogUnavailable.Outcome.UNKNOWN);
      }
      return head;
    }

    @Override
    public Optional<Hash> hash(long sheet) {
      return there().hash(sheet);
    }

    @Override
    public List<TrailSheet> read(long since, long mostBytes) {
      return there().read(since, mostBytes);
    }

    @Override
    public long before(Instant time) {
      return there().before(time);
    }

    @Override
    public long oldSheets(Instant before) {
      return there().oldSheets(before);
    }

    @Override
    public void forget(long upTo) {
      there().forget(upTo);
    }
  }

  private void record(int count) {
    for (int i = 0; i < count; i++) {
      trail.record(Entries.act("u" + i, NOON));
    }
  }

  @Test
  void writesWhatWasRecordedAndReadsItByPages() {
    record(5);
    assertThat(store.trail().head().entries()).as("who records does not wait").isZero();
    assertThat(trail.counts()).isEqualTo(new Trail.Counts(0, 0, 0, 5));
    assertThat(trail.write()).isTrue();
    assertThat(trail.counts()).isEqualTo(new Trail.Counts(5, 0, 0, 0));
    assertThat(store.trail().head().sheets()).as("together").isEqualTo(1);
    Trail.Page page = trail.read(1, 2);
    assertThat(page.entries()).extracting(Trail.Numbered::number).containsExactly(2L, 3L);
    assertThat(page.next()).isEqualTo(3);
    assertThat(trail.read(3, 2).next()).as("the end").isZero();
    assertThat(trail.read(5, 2)).isEqualTo(new Trail.Page(List.of(), 0));
    assertThat(trail.health().status()).isEqualTo(GridHealth.Status.UP);
  }

  @Test
  void aStoreThatIsGoneLosesNothingThatFindsRoom() {
    isGone = true;
    record(3);
    assertThat(trail.write()).isFalse();
    record(2);
    assertThat(trail.write()).isFalse();
    assertThat(trail.health().status()).isEqualTo(GridHealth.Status.DEGRADED);
    assertThat(trail.health().detail()).contains("5 wait", "gone");
    isGone = false;
    assertThat(trail.write()).isTrue();
    assertThat(trail.read(0, 500).entries()).hasSize(5);
    assertThat(trail.health().status()).isEqualTo(GridHealth.Status.UP);
  }

  @Test
  void anUnknownOutcomeMakesNoEntryTwice() {
    record(3);
    isUnsure = true;
    assertThat(trail.write()).isFalse();
    assertThat(store.trail().head().entries()).isEqualTo(3);
    record(1);
    isUnsure = false;
    assertThat(trail.write()).isTrue();
    assertThat(store.trail().head().entries()).isEqualTo(4);
    assertThat(trail.counts().written()).isEqualTo(4);
  }

  @Test
  void whatFindsNoRoomIsCountedAndNamedAsLost() {
    isGone = true;
    int fits = (int) (Trail.MOST_WAITING_BYTES / Entries.act("u0", NOON).line().footprintBytes());
    record(2 * fits);
    long lost = trail.counts().lost();
    assertThat(lost).isBetween((long) fits / 2, (long) 2 * fits);
    assertThat(trail.counts().waiting()).isEqualTo(2L * fits - lost);
    assertThat(trail.health().status()).isEqualTo(GridHealth.Status.DEGRADED);
    isGone = false;
    assertThat(trail.write()).isTrue();
    assertThat(trail.counts().waiting()).isZero();
    TrailEntry note = trail.read(0, 1).entries().getFirst().entry();
    assertThat(note.members())
        .isEqualTo(TrailBatch.note(NOON, "alpha", TrailEntry.LOST, lost).members());
    assertThat(trail.health().detail()).contains(lost + " are lost");
    record(fits / 2);
    assertThat(trail.counts().lost()).as("there is room again").isEqualTo(lost);
  }

  /** Whoever reaches the port fills neither the store nor the queue. */
  @Test
  void refusalsToStrangersAreBoundedByTheSecond() {
    for (int i = 0; i < 3 * Trail.STRANGERS_A_SECOND; i++) {
      trail.record(Entries.refusal(NOON));
    }
    record(1);
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    trail.record(Entries.refusal(NOON));
    trail.write();
    assertThat(trail.counts().leftOut()).isEqualTo(2L * Trail.STRANGERS_A_SECOND);
    assertThat(trail.counts().lost()).isZero();
    List<Trail.Numbered> all = trail.read(0, 500).entries();
    assertThat(all).hasSize(Trail.STRANGERS_A_SECOND + 3);
    assertThat(all.getFirst().entry().members().get(TrailEntry.COUNT))
        .isEqualTo(Json.of(2L * Trail.STRANGERS_A_SECOND));
  }

  /** A key that sends on beyond its rate fills neither, and hides no other key. */
  @Test
  void refusalsForTheRateOfAKeyAreBoundedByTheSecond() {
    int most = Trail.OVER_RATE_A_SECOND;
    for (int i = 0; i < 1000; i++) {
      assertThat(trail.record(Entries.overRate("noisy-id", NOON))).isEqualTo(i < most);
    }
    assertThat(trail.record(Entries.overRate("other-id", NOON))).isTrue();
    assertThat(trail.record(Entries.act("u", NOON))).isTrue();
    nanos.addAndGet(Duration.ofSeconds(2).toNanos());
    assertThat(trail.record(Entries.overRate("noisy-id", NOON))).isTrue();
    trail.write();
    assertThat(trail.counts()).isEqualTo(new Trail.Counts(most + 4, 0, 1000 - most, 0));
    assertThat(trail.read(0, 500).entries().getFirst().entry().members())
        .isEqualTo(TrailBatch.note(NOON, "alpha", TrailEntry.LEFT_OUT, 1000 - most).members());
  }

  /** Entries that are gone without a word are a mismatch for fsck, for ever. */
  @Test
  void forgetsNothingWhenItsWordOfThatFindsNoRoom() {
    record(3);
    trail.write();
    isGone = true;
    while (trail.record(Entries.act("full", NOON))) {
      // until there is no room for that
    }
    while (trail.record(new TrailEntry.Draft().at(NOON))) {
      // nor for anything
    }
    isGone = false;
    nanos.addAndGet(Duration.ofDays(31).toNanos());
    clock = NOON.plus(Duration.ofDays(31));
    TrailKeeper keeper =
        new TrailKeeper(
            store.trail(),
            trail,
            () -> {
              throw new IllegalStateException("nothing is named here");
            },
            () -> true,
            30,
            nanos::get);
    keeper.forget(trail::write);
    assertThat(store.trail().head().forgotten()).isZero();
    keeper.forget(trail::write);
    assertThat(store.trail().head().forgotten()).isPositive();
  }

  /** Nobody would notice that checkpoints have no newer head of the trail. */
  @Test
  void saysWhyTheHeadIsNotNamed() {
    boolean[] isMine = {true};
    TrailKeeper keeper =
        new TrailKeeper(
            store.trail(),
            trail,
            () -> {
              throw new IllegalStateException("its log is damaged");
            },
            () -> isMine[0],
            30,
            nanos::get);
    record(1);
    trail.write();
    assertThatThrownBy(keeper::name).hasMessage("its log is damaged");
    assertThat(keeper.trouble()).as("once is nothing").isEmpty();
    assertThatThrownBy(keeper::name).hasMessage("its log is damaged");
    assertThat(keeper.trouble()).hasValueSatisfying(why -> assertThat(why).contains("damaged"));
    isMine[0] = false;
    keeper.name();
    assertThat(keeper.trouble()).as("another member does it now").isEmpty();
  }

  @Test
  void recordsFromTheFirstKeyOn() {
    boolean[] hasKeys = {false};
    MemberTrail usual =
        new MemberTrail(store.trail(), null, () -> hasKeys[0], "alpha", () -> NOON, nanos::get);
    assertThat(usual.recorded()).isEqualTo(Recorded.NONE);
    assertThat(usual.isUsed()).isFalse();
    hasKeys[0] = true;
    assertThat(usual.recorded()).isEqualTo(Recorded.CHANGES);
    assertThat(trail(Recorded.NONE).recorded()).isEqualTo(Recorded.NONE);
  }
}
