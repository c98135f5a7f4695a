package io.mnemogrid.commit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Committer.Action;
import io.mnemogrid.log.LogUnavailable.Outcome;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A request whose resolving throws, whatever it throws, is left out alone. The policies that this
 * committer looks up throw where a document has {@code /poison}, so a list is stopped after its
 * first delta was resolved.
 */
class CommitterLeavesOutTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final SpaceName OTHER = SpaceName.of("other");
  private static final Instant NOW = Deltas.START;
  private static final Pointer POISON = Pointer.parse("/poison");

  private Supplier<Throwable> thrown = AssertionError::new;
  private boolean harmless;
  private final CommitterRun run =
      new CommitterRun(NOW, new Committer(1000, this::policy), SPACE, OTHER);

  private Policy policy(SpaceName space, State state) {
    if (!harmless && state.cell(POISON) != null) {
      throwIt(thrown.get());
    }
    return Policy.NONE;
  }

  @SuppressWarnings({
    "unchecked",
    "TypeParameterUnusedInFormals"
  }) // so that it need not be declared
  private static <T extends Throwable> void throwIt(Throwable any) throws T {
    throw (T) any;
  }

  private static Throwable overflow() {
    try {
      return deeper(0);
    } catch (StackOverflowError e) {
      return e;
    }
  }

  @SuppressWarnings("InfiniteRecursion")
  private static Throwable deeper(int depth) {
    return deeper(depth + 1);
  }

  static Stream<Arguments> whatIsThrown() {
    return Stream.of(
            CommitterLeavesOutTest::overflow,
            () -> new OutOfMemoryError("Java heap space"),
            () -> new AssertionError("it cannot be"),
            () -> new NoClassDefFoundError("io/mnemogrid/merge/Gone"),
            () -> new ExceptionInInitializerError("its class cannot be initialized"),
            (Supplier<Throwable>) () -> new IllegalStateException("it cannot be"))
        .map(each -> Arguments.of(Named.of(each.get().getClass().getSimpleName(), each)));
  }

  private static Delta set(String id) {
    return Deltas.set(id, 0, "/" + id, Json.TRUE);
  }

  /** A list whose second delta is judged by a document that has the poison. */
  private static Delta[] poisoned(String id, Json poison) {
    return new Delta[] {Deltas.set(id + "-1", 0, "/poison", poison), set(id + "-2")};
  }

  private static Json manyLeaves() {
    Map<String, Json> leaves = new TreeMap<>();
    for (int i = 0; i <= Committer.LARGE; i++) {
      leaves.put("m" + i, Json.TRUE);
    }
    return Json.object(leaves);
  }

  private void leftOut(long ticket, boolean unknown) {
    assertThat(run.answers(ticket))
        .hasSize(2)
        .allSatisfy(answer ->
            assertThat(answer)
                .isInstanceOfSatisfying(
                    Answer.Unavailable.class,
                    none -> {
                      assertThat(none.unknown()).isEqualTo(unknown);
                      assertThat(none.why())
                          .startsWith("this delta could not be resolved: ")
                          .contains(thrown.get().getClass().getName());
                    }));
    assertThat(run.alarms)
        .last()
        .isInstanceOfSatisfying(
            Action.Alarm.class,
            alarm -> {
              assertThat(alarm.space()).isEqualTo(SPACE);
              assertThat(alarm.what()).contains("left out", thrown.get().getClass().getName());
            });
  }

  private List<String> idsInTheLog(SpaceName space) {
    return run.log.all(space).stream().map(update -> update.id().text()).toList();
  }

  @ParameterizedTest
  @MethodSource("whatIsThrown")
  void theOthersCommitAndNothingOfItIsApplied(Supplier<Throwable> error) {
    thrown = error;
    List<Long> others = new ArrayList<>();
    others.add(run.submit(SPACE, set("before")));
    long list = run.submit(SPACE, poisoned("list", Json.TRUE));
    others.add(run.submit(SPACE, set("after")));
    others.add(run.submit(OTHER, set("elsewhere")));
    long repeated = run.submit(SPACE, poisoned("list", Json.TRUE));
    others.add(run.submit(SPACE, set("last")));
    run.settle();
    leftOut(list, false);
    leftOut(repeated, false);
    assertThat(others)
        .extracting(ticket -> run.accepted(ticket).version())
        .containsExactly(1L, 2L, 1L, 3L);
    assertThat(run.appends).as("nobody waits for another append because of it").isEqualTo(1);
    assertThat(idsInTheLog(SPACE)).containsExactly("before", "after", "last");
    assertThat(idsInTheLog(OTHER)).containsExactly("elsewhere");
    assertThat(run.log.replay(SPACE, 3).orElseThrow().state().cell(POISON)).isNull();
    harmless = true; // its ids are free
    long again = run.submit(SPACE, poisoned("list", Json.TRUE));
    run.settle();
    assertThat(run.answers(again)).hasSize(2).allMatch(Answer.Accepted.class::isInstance);
    assertThat(run.committer.isBusy()).isFalse();
  }

  @ParameterizedTest
  @MethodSource("whatIsThrown")
  void aLargeOneThatIsResolvedAsideHoldsUpNobody(Supplier<Throwable> error) {
    thrown = error;
    long list = run.submit(SPACE, poisoned("large", manyLeaves()));
    long other = run.submit(SPACE, set("after"));
    run.settle();
    leftOut(list, false);
    assertThat(run.accepted(other).version()).isEqualTo(1);
    assertThat(idsInTheLog(SPACE)).containsExactly("after");
    assertThat(run.committer.isBusy()).isFalse();
  }

  /** The append of unknown outcome may still happen, so nobody can say that nothing was applied. */
  @ParameterizedTest
  @MethodSource("whatIsThrown")
  void whoseEarlierAppendMayHappenIsToldThatItIsUnknown(Supplier<Throwable> error) {
    thrown = error;
    harmless = true;
    long first = run.submit(SPACE, set("first"));
    run.settle();
    assertThat(run.accepted(first).version()).isEqualTo(1);
    long list = run.submit(SPACE, poisoned("list", Json.TRUE));
    assertThat(run.step()).singleElement().isInstanceOf(Action.Append.class);
    run.perform(run.committer.appendFailed(Outcome.UNKNOWN));
    harmless = false;
    long other = run.submit(SPACE, set("after"));
    run.settle();
    leftOut(list, true);
    Update accepted = run.accepted(other);
    assertThat(accepted.version()).isEqualTo(2);
    assertThat(idsInTheLog(SPACE)).containsExactly("first", "after");
  }
}
