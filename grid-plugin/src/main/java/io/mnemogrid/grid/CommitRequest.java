package io.mnemogrid.grid;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.replica.RecentUpdates;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Deltas that one member asks another to commit; each item is a list, all or none. */
record CommitRequest(ArrayList<Item> items, long timeoutMillis) implements Serializable {
  /** Deltas to one space, as canonical requests. */
  record Item(SpaceName space, ArrayList<String> deltas) implements Serializable {}

  /**
   * An answer on its way: an update travels as its bytes, and is not parsed where it is known.
   *
   * @param answer null where an update was accepted
   * @param record what was accepted; else empty
   */
  @SuppressWarnings("ArrayRecordComponent") // on its way, never compared
  record Told(@Nullable Answer answer, long version, byte[] record, boolean duplicate)
      implements Serializable {
    static Told of(Answer answer) {
      return answer instanceof Answer.Accepted accepted
          ? new Told(
              null, accepted.update().version(), accepted.update().toBytes(), accepted.duplicate())
          : new Told(answer, 0, new byte[0], false);
    }

    Answer read(SpaceName space, RecentUpdates recent) {
      if (answer != null) {
        return answer;
      }
      for (Update known : recent.range(space, version, version + 1)) {
        if (known.hasBytes(record)) {
          return new Answer.Accepted(known, duplicate);
        }
      }
      return new Answer.Accepted(Update.parse(record), duplicate);
    }
  }

  /** The answers, an item each in order. */
  record Reply(ArrayList<ArrayList<Told>> items) implements Serializable {
    /** The answers to item {@code index} of {@code request}. */
    List<Answer> read(int index, SpaceName space, RecentUpdates recent) {
      return items.get(index).stream().map(told -> told.read(space, recent)).toList();
    }
  }

  /** The answers; waits for all of them. */
  Reply answer(CommitLoop commits) {
    List<CompletableFuture<List<Answer>>> asked = new ArrayList<>();
    for (Item item : items) {
      List<Delta> deltas =
          item.deltas.stream()
              .map(text -> Delta.parseEither((Json.Obj) Json.parseCanonical(text)))
              .toList();
      asked.add(commits.commit(item.space, deltas, Duration.ofMillis(timeoutMillis)));
    }
    ArrayList<ArrayList<Told>> answers = new ArrayList<>();
    for (CompletableFuture<List<Answer>> answer : asked) {
      ArrayList<Told> told = new ArrayList<>();
      answer.join().forEach(one -> told.add(Told.of(one)));
      answers.add(told);
    }
    return new Reply(answers);
  }
}
