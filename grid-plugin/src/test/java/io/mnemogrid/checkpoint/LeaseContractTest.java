package io.mnemogrid.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.LogUnavailable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** What every {@link Lease} keeps. */
public abstract class LeaseContractTest {
  /** A fresh handle on the lease of this test, as another process would have one. */
  protected abstract Lease open() throws Exception;

  @Test
  void hasNoHolderAtFirst() throws Exception {
    assertThat(open().read()).isEqualTo(LeaseRow.NONE);
  }

  @Test
  void replacesOnlyWhatIsExpected() throws Exception {
    Lease lease = open();
    LeaseRow first = new LeaseRow("a", 1, 1);
    assertThat(lease.replace(LeaseRow.NONE, first)).isTrue();
    for (LeaseRow wrong :
        List.of(
            LeaseRow.NONE,
            new LeaseRow("b", 1, 1),
            new LeaseRow("a", 2, 1),
            new LeaseRow("a", 1, 2))) {
      assertThat(lease.replace(wrong, new LeaseRow("c", 9, 9))).as("%s", wrong).isFalse();
    }
    assertThat(open().read()).isEqualTo(first);
    assertThat(lease.replace(first, new LeaseRow("a", 1, 2))).isTrue();
    assertThat(open().read()).isEqualTo(new LeaseRow("a", 1, 2));
  }

  @Test
  void letsExactlyOneOfManyWin() throws Exception {
    List<Lease> handles = List.of(open(), open(), open());
    for (int round = 1; round <= 10; round++) {
      LeaseRow seen = handles.getFirst().read();
      List<Callable<Boolean>> candidates = new ArrayList<>();
      for (int i = 0; i < 9; i++) {
        Lease lease = handles.get(i % 3);
        LeaseRow next = new LeaseRow("member-" + i, seen.epoch() + 1, 1);
        candidates.add(() -> replace(lease, seen, next));
      }
      int winners = 0;
      try (ExecutorService threads = Executors.newFixedThreadPool(candidates.size())) {
        for (Future<Boolean> candidate : threads.invokeAll(candidates)) {
          winners += candidate.get() ? 1 : 0;
        }
      }
      assertThat(winners).isEqualTo(1);
      assertThat(handles.getLast().read().epoch()).isEqualTo(round);
    }
  }

  /** Tries on while it waits in vain for one that this machine holds up. */
  private static boolean replace(Lease lease, LeaseRow expected, LeaseRow next) {
    while (true) {
      try {
        return lease.replace(expected, next);
      } catch (LogUnavailable e) {
        assertThat(e.outcome()).isEqualTo(LogUnavailable.Outcome.NOT_APPLIED);
      }
    }
  }
}
