package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.OwnTime;
import io.mnemogrid.commit.Answer;
import io.mnemogrid.commit.Deltas;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.RecentUpdates;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.Semaphore;
import org.junit.jupiter.api.Test;

/** What a thread of the grid's executor does for the commits of another member. */
class CommitRequestTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final SpaceName NOWHERE = SpaceName.of("nowhere");

  /** Nobody here waits until then. */
  private static final long DEADLINE_MILLIS = Duration.ofMinutes(10).toMillis();

  /** A list of two: the committer appends a single update by its own thread. */
  private static CommitRequest.Item item(SpaceName space, String id) {
    ArrayList<String> deltas = new ArrayList<>();
    for (String each : List.of(id + "-1", id + "-2")) {
      deltas.add(Deltas.set(each, 0, "/" + each, Json.TRUE).request().canonical());
    }
    return new CommitRequest.Item(space, deltas, Sending.TRUSTED);
  }

  private static CommitRequest.Reply answer(
      Answering parts, long timeoutMillis, CommitRequest.Item... items) {
    return new CommitRequest(new ArrayList<>(Arrays.asList(items)), timeoutMillis).answer(parts);
  }

  /**
   * The store takes the first append and says no more. The thread goes back to the executor all the
   * same, after a second for all items together, with what was answered.
   */
  @Test
  void aThreadOfTheExecutorWaitsASecondAtMost() {
    Semaphore appends = new Semaphore(0);
    MemoryUpdateLog hanging =
        new MemoryUpdateLog() {
          @Override
          public List<Appended> append(List<Batch> batches) {
            appends.acquireUninterruptibly();
            return super.append(batches);
          }
        };
    hanging.create(SPACE, "{}");
    RecentUpdates recent = new RecentUpdates();
    try (Replicas replicas = new Replicas(hanging);
        CommitLoop loop = new CommitLoop(hanging, replicas, (_, _) -> {})) {
      loop.start();
      Answering parts = new Answering();
      parts.add(CommitLoop.class, loop);
      List<CommitRequest.Reply> replies = new ArrayList<>();
      Duration took =
          OwnTime.of(() ->
              replies.add(
                  answer(
                      parts,
                      DEADLINE_MILLIS,
                      item(SPACE, "a"),
                      item(NOWHERE, "b"),
                      item(SPACE, "c"),
                      item(SPACE, "d"))));
      assertThat(took)
          .as("not a second for each, and not their deadline")
          .isLessThan(Duration.ofMillis(1900));
      CommitRequest.Reply reply = replies.getFirst();
      assertThat(reply.read(0, SPACE, recent)).isNull();
      assertThat(reply.read(1, NOWHERE, recent))
          .containsOnly(new Answer.Refused(new Refusal.UnknownSpace()));
      assertThat(reply.read(2, SPACE, recent)).isNull();
      assertThat(reply.read(3, SPACE, recent)).isNull();

      replies.clear();
      assertThat(OwnTime.of(() -> replies.add(answer(parts, 1, item(SPACE, "e")))))
          .as("nor longer than its own deadline")
          .isLessThan(Duration.ofMillis(900));
      appends.release(1000);
      assertThat(answer(parts, DEADLINE_MILLIS, item(SPACE, "a")).read(0, SPACE, recent))
          .as("what it left open goes on, and is told whoever asks again")
          .hasSize(2)
          .allSatisfy(answer ->
              assertThat(answer)
                  .isInstanceOfSatisfying(
                      Answer.Accepted.class, it -> assertThat(it.duplicate()).isTrue()));
    }
  }
}
