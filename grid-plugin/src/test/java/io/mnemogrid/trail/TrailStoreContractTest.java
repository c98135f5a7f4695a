package io.mnemogrid.trail;

import static io.mnemogrid.trail.Entries.NOON;
import static io.mnemogrid.trail.Entries.batch;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Hash;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

/** What every {@link TrailStore} keeps. */
public abstract class TrailStoreContractTest {
  private static final long ALL = Long.MAX_VALUE;

  /** A fresh handle on the trail of this test, as another process would have one. */
  protected abstract TrailStore open() throws Exception;

  /** Checks the chain from its beginning, and answers what each entry was about. */
  private static List<String> chained(TrailStore store) {
    List<String> whats = new ArrayList<>();
    Hash hash = Hash.ZERO;
    long number = 0;
    for (TrailSheet sheet : store.read(0, ALL)) {
      assertThat(sheet.number()).isEqualTo(++number);
      assertThat(sheet.first()).isEqualTo(whats.size() + 1);
      assertThat(sheet.hash()).isEqualTo(sheet.hashAfter(hash));
      hash = sheet.hash();
      assertThat(sheet.read()).isInstanceOf(TrailSheet.Reading.Whole.class);
      ((TrailSheet.Reading.Whole) sheet.read())
          .entries()
          .forEach(entry -> whats.add(entry.members().text(TrailEntry.UPDATE_ID)));
    }
    assertThat(store.head().hash()).isEqualTo(hash);
    assertThat(store.head().sheets()).isEqualTo(number);
    assertThat(store.head().entries()).isEqualTo(whats.size());
    return whats;
  }

  @Test
  void isEmptyAtFirst() throws Exception {
    assertThat(open().head()).isEqualTo(TrailHead.NONE);
    assertThat(open().read(0, ALL)).isEmpty();
    assertThat(open().hash(1)).isEmpty();
    assertThat(open().before(NOON)).isZero();
    assertThat(open().oldSheets(NOON)).isZero();
  }

  @Test
  void appendsToOneChain() throws Exception {
    TrailStore here = open();
    TrailHead first = here.append(batch(1, NOON, "a", "b"), false);
    assertThat(first).isEqualTo(new TrailHead(1, 2, first.hash(), 2, 0));
    assertThat(open().append(batch(2, NOON, "c Ä'; DROP TABLE audit_trail"), false).sheets())
        .isEqualTo(2);
    TrailBatch refusals =
        TrailBatch.of(
            List.of(Entries.refusal(NOON).line(), Entries.act("d", NOON).line()), Entries.salt(3));
    TrailHead head = here.append(refusals, false);
    assertThat(head.entries()).isEqualTo(5);
    assertThat(head.acts()).as("a refusal is none").isEqualTo(4);
    assertThat(open().head()).isEqualTo(head);
    assertThat(here.hash(1)).contains(first.hash());
    assertThat(here.hash(4)).isEmpty();
  }

  /** Several servers write one chain. */
  @Test
  void writersThatRaceMakeOneChain() throws Exception {
    int writers = 4;
    int batches = 25;
    List<Callable<Set<String>>> tasks = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      TrailStore store = open();
      int writer = w;
      tasks.add(() -> {
        Set<String> written = new HashSet<>();
        for (int i = 0; i < batches; i++) {
          String what = writer + "." + i;
          store.append(batch(writer * 1000L + i, NOON, what, what + "b"), false);
          written.add(what);
          written.add(what + "b");
        }
        return written;
      });
    }
    Set<String> wanted = new HashSet<>();
    try (ExecutorService threads = Executors.newFixedThreadPool(writers)) {
      for (var done : threads.invokeAll(tasks)) {
        wanted.addAll(done.get());
      }
    }
    List<String> found = chained(open());
    assertThat(found).hasSize(2 * writers * batches);
    assertThat(Set.copyOf(found)).isEqualTo(wanted);
  }

  /** Nobody knows whether the first attempt came through. */
  @Test
  void anAttemptThatIsRepeatedStandsOnce() throws Exception {
    TrailStore store = open();
    TrailHead head = store.append(batch(1, NOON, "a"), false);
    assertThat(store.append(batch(1, NOON, "a"), true)).isEqualTo(head);
    store.append(batch(2, NOON, "b"), false);
    assertThat(store.append(batch(1, NOON, "a"), true).sheets()).isEqualTo(2);
    assertThat(store.append(batch(3, NOON, "c"), true).sheets()).isEqualTo(3);
    assertThat(chained(store)).containsExactly("a", "b", "c");
  }

  @Test
  void readsFromANumberOrATimeOn() throws Exception {
    TrailStore store = open();
    store.append(batch(1, NOON, "a", "b", "c"), false);
    store.append(batch(2, NOON.plusSeconds(60), "d"), false);
    store.append(batch(3, NOON.plusSeconds(120), "e", "f"), false);
    assertThat(store.read(0, ALL)).extracting(TrailSheet::number).containsExactly(1L, 2L, 3L);
    assertThat(store.read(2, ALL)).extracting(TrailSheet::number).containsExactly(1L, 2L, 3L);
    assertThat(store.read(3, ALL)).extracting(TrailSheet::number).containsExactly(2L, 3L);
    assertThat(store.read(5, ALL)).extracting(TrailSheet::number).containsExactly(3L);
    assertThat(store.read(6, ALL)).isEmpty();
    assertThat(store.read(0, 1)).as("at least one").hasSize(1);
    assertThat(store.before(NOON)).isZero();
    assertThat(store.before(NOON.plusSeconds(1))).isEqualTo(3);
    assertThat(store.before(NOON.plusSeconds(120))).isEqualTo(4);
    assertThat(store.before(NOON.plusSeconds(121))).isEqualTo(6);
  }

  @Test
  void forgetsTheOldestAndKeepsTheirHashes() throws Exception {
    TrailStore store = open();
    int sheets = 70; // more than one transaction forgets
    for (int i = 0; i < sheets; i++) {
      store.append(batch(i, NOON.plus(Duration.ofMinutes(i)), "u" + i), false);
    }
    TrailHead before = store.head();
    assertThat(store.oldSheets(NOON)).isZero();
    long old = store.oldSheets(NOON.plus(Duration.ofMinutes(60)));
    assertThat(old).isEqualTo(60);
    store.forget(old);
    assertThat(store.head())
        .isEqualTo(new TrailHead(sheets, sheets, before.hash(), before.acts(), 60));
    assertThat(store.read(0, ALL)).extracting(TrailSheet::number).first().isEqualTo(61L);
    assertThat(store.read(0, ALL)).hasSize(sheets - 60);
    assertThat(store.hash(1)).isPresent();
    assertThat(store.oldSheets(NOON.plus(Duration.ofMinutes(60)))).isZero();
    store.forget(old); // again
    store.append(batch(1000, NOON.plus(Duration.ofMinutes(200)), "later"), false);
    assertThat(store.read(60, ALL)).hasSize(sheets - 59);
  }
}
