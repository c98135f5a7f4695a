package io.mnemogrid.grid;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.RecentUpdates;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** Deltas that one member asks another to commit; each item is a list, all or none. */
record CommitRequest(ArrayList<Item> items, long timeoutMillis)
    implements StoreRequest<CommitRequest.Reply> {
  /** An item that the committer has not answered after this time is answered with null. */
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /** Deltas to one space, as canonical requests, and how they are sent. */
  record Item(SpaceName space, ArrayList<String> deltas, Sending sending) implements Serializable {}

  /**
   * An answer on its way: an update travels as its bytes, and is not parsed where it is known.
   *
   * @param answer null where an update was accepted
   * @param record what was accepted; else empty
   */
  @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
  record Answered(@Nullable Answer answer, long version, byte[] record, boolean duplicate)
      implements Serializable {
    static Answered of(Answer answer) {
      return answer instanceof Answer.Accepted accepted
          ? new Answered(
              null, accepted.update().version(), accepted.update().bytes(), accepted.duplicate())
          : new Answered(answer, 0, new byte[0], false);
    }

    Answer read(SpaceName space, RecentUpdates recent) {
      if (answer != null) {
        return answer;
      }
      Update known = recent.at(space, version);
      return new Answer.Accepted(
          known != null && known.hasBytes(record) ? known : Update.parse(record), duplicate);
    }
  }

  /** The answers, one entry for each item, in their order. */
  record Reply(ArrayList<@Nullable ArrayList<Answered>> items) implements Serializable {
    /** The answers to item {@code index} of the request, null where there was none in time. */
    @Nullable List<Answer> read(int index, SpaceName space, RecentUpdates recent) {
      ArrayList<Answered> told = items.get(index);
      return told == null ? null : told.stream().map(one -> one.read(space, recent)).toList();
    }
  }

  /**
   * The answers of this process's committer, null for an item that it did not answer in a second.
   * By then the asking member takes another way, and a thread that waits here is missing for
   * others.
   */
  @Override
  public Reply answer(Answering parts) {
    CommitLoop commits = parts.find(CommitLoop.class).orElse(null);
    long until = System.nanoTime() + Math.min(PATIENCE.toNanos(), timeoutMillis * 1_000_000);
    List<CompletableFuture<List<Answer>>> asked = new ArrayList<>();
    for (Item item : items) {
      asked.add(ask(commits, item));
    }
    ArrayList<@Nullable ArrayList<Answered>> answers = new ArrayList<>();
    for (CompletableFuture<List<Answer>> answer : asked) {
      try {
        long left = Math.max(0, until - System.nanoTime());
        ArrayList<Answered> told = new ArrayList<>();
        answer.get(left, TimeUnit.NANOSECONDS).forEach(one -> told.add(Answered.of(one)));
        answers.add(told);
      } catch (TimeoutException | ExecutionException e) {
        answers.add(null);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        answers.add(null);
      }
    }
    return new Reply(answers);
  }

  private CompletableFuture<List<Answer>> ask(@Nullable CommitLoop commits, Item item) {
    String why = "this member commits nothing";
    if (commits != null) {
      try {
        List<Delta> deltas =
            item.deltas.stream()
                .map(text -> Delta.parseAny((Json.Obj) Json.parseCanonical(text)))
                .toList();
        return commits.commit(item.space, deltas, item.sending, Duration.ofMillis(timeoutMillis));
      } catch (RuntimeException | Error e) {
        why = "this member cannot read the request: " + e.getMessage();
      }
    }
    Answer no = new Answer.Elsewhere(why);
    return CompletableFuture.completedFuture(Collections.nCopies(item.deltas.size(), no));
  }
}
