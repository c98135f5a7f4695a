package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.CommitterRun;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.OldTombstones;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Deltas whose base is older than what a state remembers, committed as the product does, against
 * {@link SlowSpace}, which forgets nothing: some versions full of conflicts, so many of something
 * else that all those are old, and then deltas that have seen a part of the first ones.
 */
class OldBaseModelTest {
  private static final SpaceName SPACE = new SpaceName("old");
  private static final Instant NOW = Instant.parse("2030-01-01T00:00:00Z");
  private static final Instant START = Instant.parse("2026-02-05T19:00:00Z");
  private static final int OLD = 250;

  private final CommitterRun run = new CommitterRun(NOW, SPACE);
  private SlowSpace slow = SlowSpace.empty();
  private int forgotten;

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 6);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void judgesOldBasesAsIfNothingWereForgotten(long seed) {
    Random random = new Random(seed);
    RandomDeltas deltas = RandomDeltas.ofAuthors(seed);
    for (int i = 0; i < OLD; i++) {
      commit(List.of(deltas.next(slow)));
    }
    assertThat(run.reads()).isZero();
    for (int i = 0; i < State.REMEMBERED_VERSIONS; i += 100) {
      List<Delta.Edit> others = new ArrayList<>();
      for (int n = 0; n < 100; n++) {
        others.add(deltas.of(Pointer.parse("/others"), Json.of(i + n), slow.version + n));
      }
      commit(others);
    }
    assertThat(head().state().tombstones()).hasSizeLessThan(slow.tombstones.size());

    for (int i = 0; i < OLD; i++) {
      List<Delta.Edit> list = new ArrayList<>();
      for (int n = random.nextInt(5) == 0 ? 3 : 1; n > 0; n--) {
        list.add(older(deltas.next(slow), random));
      }
      commit(list);
    }
    assertThat(run.reads()).isGreaterThan(OLD / 2);
    assertThat(forgotten).as("judged otherwise without the old tombstones").isPositive();
    assertThat(run.alarms).isEmpty();
    keepsWhatTheTwinKeeps();
  }

  /** One that has seen only a part of the old versions, and was made at their time. */
  private static Delta.Edit older(Delta.Edit delta, Random random) {
    if (random.nextInt(4) == 0) {
      return delta;
    }
    Instant time = START.plusMillis(random.nextInt(OLD / 3));
    return Delta.parse(
        delta
            .request()
            .with("base", Json.of(random.nextInt(OLD)))
            .with("timestamp", Json.of(Timestamps.format(time))));
  }

  /** Commits a list, and compares what became of it with the twin. */
  private void commit(List<Delta.Edit> list) {
    List<SlowSpace.Result> expected = new ArrayList<>();
    SlowSpace at = slow;
    Set<Long> own = new HashSet<>();
    for (Delta.Edit delta : list) {
      SlowSpace.Result result = at.resolve(delta, own);
      expected.add(result);
      if (result.refused() != null) {
        break;
      }
      at = result.next();
      own.add(at.version);
    }
    if (list.size() == 1) {
      countForgotten(list.getFirst(), expected.getFirst());
    }

    List<Answer> answers = answers(list);
    SlowSpace.Result last = expected.getLast();
    if (last.refused() != null) {
      assertThat(answers.get(expected.size() - 1))
          .as("%s", list)
          .isInstanceOfSatisfying(
              Answer.Refused.class,
              no -> assertThat(no.refusal().code()).isEqualTo(last.refused()));
      return;
    }
    for (int i = 0; i < list.size(); i++) {
      assertThat(answers.get(i)).as("%s", list).isInstanceOf(Answer.Accepted.class);
      Update update = ((Answer.Accepted) answers.get(i)).update();
      assertThat(update.fields().changes()).isEqualTo(expected.get(i).changes());
      assertThat(update.fields().superseded()).isEqualTo(expected.get(i).superseded());
      assertThat(update.fields().overrode()).isEqualTo(expected.get(i).overrode());
    }
    slow = at;
  }

  private void countForgotten(Delta.Edit delta, SlowSpace.Result expected) {
    Resolution without = Resolver.resolve(head().state(), head().version(), delta);
    boolean same =
        switch (without) {
          case Resolution.Unchanged _ -> throw new AssertionError("an edit takes a version");
          case Resolution.Refused _ -> expected.refused() != null;
          case Resolution.Accepted accepted ->
              expected.refused() == null
                  && accepted.superseded().equals(expected.superseded())
                  && accepted.overrode().equals(expected.overrode());
        };
    forgotten += same ? 0 : 1;
  }

  private List<Answer> answers(List<Delta.Edit> list) {
    long ticket = run.submit(SPACE, list.toArray(Delta[]::new));
    run.settle();
    return run.answers(ticket);
  }

  private Snapshot head() {
    return run.published.isEmpty() ? Snapshot.ofNew(SPACE) : run.published.getLast().head();
  }

  private void keepsWhatTheTwinKeeps() {
    run.log.rememberAll(SPACE);
    OldTombstones kept = run.log.recall(SPACE, 0, List.of(), List.of(Pointer.ROOT));
    Map<String, Tag> standing = new HashMap<>();
    kept.byPath()
        .forEach((path, tag) -> {
          if (head().state().leaf(path) == null) {
            standing.put(path.toString(), tag);
          }
        });
    assertThat(standing).isEqualTo(slow.tombstones);
    Map<Pointer, Tag> young = new HashMap<>();
    kept.byPath()
        .forEach((path, tag) -> {
          boolean remembered = tag.version() > head().version() - State.REMEMBERED_VERSIONS;
          if (remembered && head().state().leaf(path) == null) {
            young.put(path, tag);
          }
        });
    assertThat(head().state().tombstones()).isEqualTo(young);
  }
}
