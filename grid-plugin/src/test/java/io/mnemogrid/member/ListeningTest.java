package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.GridListener;
import io.mnemogrid.checkpoint.CheckpointEvent;
import io.mnemogrid.checkpoint.Held;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class ListeningTest {
  private static final SpaceName ONE = SpaceName.of("one");
  private static final SpaceName OTHER = SpaceName.of("other");
  private static final Duration SOON = Duration.ofSeconds(60);

  /** Versions 1 to {@code count} of a space. */
  private static List<Snapshot> versions(SpaceName space, int count) {
    Scribe scribe = new Scribe(space);
    List<Snapshot> versions = new ArrayList<>();
    for (int i = 1; i <= count; i++) {
      scribe.set("u" + i, "/k", Json.of(i));
      versions.add(scribe.snapshot());
    }
    return versions;
  }

  /** Hears heads, and may be held up at one. */
  private static final class Slow implements GridListener {
    final List<String> heard = new CopyOnWriteArrayList<>();
    final CountDownLatch atFirst = new CountDownLatch(1);
    final CountDownLatch goOn = new CountDownLatch(1);

    @Override
    public void advanced(Snapshot head) {
      heard.add(head.space() + " " + head.version());
      atFirst.countDown();
      try {
        goOn.await();
      } catch (InterruptedException e) {
        heard.add("interrupted");
      }
    }

    @Override
    public void gone(SpaceName space) {
      heard.add(space + " gone");
    }

    @Override
    public void checkpointed(CheckpointEvent event) {
      heard.add(String.valueOf(event));
    }

    @Override
    public void finalized(SpaceName space, long version) {
      heard.add(space + " final " + version);
    }
  }

  @Test
  void tellsTheNewestOfEachSpaceInOrderAndNothingTwice() throws InterruptedException {
    Slow slow = new Slow();
    try (Listening listening = new Listening(slow)) {
      List<Snapshot> one = versions(ONE, 6);
      listening.advanced(one.get(0));
      assertThat(slow.atFirst.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      listening.advanced(one.get(1));
      listening.finalized(ONE, 1);
      listening.advanced(versions(OTHER, 1).getFirst());
      listening.gone(OTHER);
      listening.finalized(ONE, 2);
      one.subList(2, 6).forEach(listening::advanced);
      slow.goOn.countDown();
      await()
          .atMost(SOON)
          .untilAsserted(() ->
              assertThat(slow.heard)
                  .containsExactly("one 1", "one 6", "one final 2", "other gone"));
    }
  }

  @Test
  void leavesOutTheOldestOfTooManyEvents() throws InterruptedException {
    Slow slow = new Slow();
    try (Listening listening = new Listening(slow)) {
      listening.advanced(versions(ONE, 1).getFirst());
      assertThat(slow.atFirst.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      int events = Listening.MOST_EVENTS + 7;
      for (int i = 0; i < events; i++) {
        listening.checkpointed(new CheckpointEvent.Failed("code", "event " + i));
      }
      slow.goOn.countDown();
      String last = String.valueOf(new CheckpointEvent.Failed("code", "event " + (events - 1)));
      await().atMost(SOON).until(() -> slow.heard.contains(last));
      assertThat(slow.heard)
          .hasSize(1 + Listening.MOST_EVENTS)
          .doesNotContain(String.valueOf(new CheckpointEvent.Failed("code", "event 6")))
          .contains(String.valueOf(new CheckpointEvent.Failed("code", "event 7")));
    }
  }

  /** An event with all spaces of a grid takes megabytes, so a thousand of them would be a heap. */
  @Test
  void leavesOutTheOldestOfTooManyBytes() throws InterruptedException {
    Slow slow = new Slow();
    try (Listening listening = new Listening(slow)) {
      listening.advanced(versions(ONE, 1).getFirst());
      assertThat(slow.atFirst.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      String large = "x".repeat(Listening.MOST_MEBIBYTES << 18); // four are too many
      for (String name : List.of("1 ", "2 ", "3 ", "4 ", "5 ")) {
        listening.checkpointed(new CheckpointEvent.Failed(name, large));
      }
      listening.finalized(ONE, 1);
      slow.goOn.countDown();
      await().atMost(SOON).until(() -> slow.heard.contains("one final 1"));
      assertThat(slow.heard.stream().map(heard -> heard.substring(0, Math.min(14, heard.length()))))
          .containsExactly(
              "one 1", "Failed[kind=3 ", "Failed[kind=4 ", "Failed[kind=5 ", "one final 1");
    }
  }

  @Test
  void theNewestEventWaitsHoweverLargeItIs() throws InterruptedException {
    Slow slow = new Slow();
    try (Listening listening = new Listening(slow)) {
      listening.advanced(versions(ONE, 1).getFirst());
      assertThat(slow.atFirst.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
      String held = "x".repeat(1000);
      List<Held> spaces =
          IntStream.range(0, 10_000)
              .mapToObj(i -> new Held(SpaceName.of("s" + i), 1, Held.Rule.GROWS, held))
              .toList();
      listening.checkpointed(new CheckpointEvent.Failed("before", "it goes first"));
      listening.checkpointed(new CheckpointEvent.HeldUp(spaces));
      slow.goOn.countDown();
      await().atMost(SOON).until(() -> slow.heard.size() == 2);
      assertThat(slow.heard.getLast()).startsWith("HeldUp[");
    }
  }

  @Test
  void hearsOnAfterAnError() {
    List<Long> heard = new CopyOnWriteArrayList<>();
    GridListener failing =
        new GridListener() {
          @Override
          public void advanced(Snapshot head) {
            heard.add(head.version());
            if (heard.size() == 1) {
              throw new NoClassDefFoundError("a class that the bot forgot");
            }
          }
        };
    try (Listening listening = new Listening(failing)) {
      for (Snapshot version : versions(ONE, 2)) {
        listening.advanced(version);
        await().atMost(SOON).until(() -> heard.contains(version.version()));
      }
    }
  }

  @Test
  void closesWhileTheListenerBlocks() throws InterruptedException {
    Slow slow = new Slow();
    Listening listening = new Listening(slow);
    listening.advanced(versions(ONE, 1).getFirst());
    assertThat(slow.atFirst.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
    listening.close();
    await().atMost(SOON).until(() -> slow.heard.contains("interrupted"));
    listening.advanced(versions(OTHER, 1).getFirst());
    assertThat(slow.heard).containsExactly("one 1", "interrupted");
  }
}
