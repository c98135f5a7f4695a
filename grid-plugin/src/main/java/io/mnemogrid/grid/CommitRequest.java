package io.mnemogrid.grid;

import io.mnemogrid.commit.Answer;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.replica.CommitLoop;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** Deltas that one member asks another to commit; each item is a list, all or none. */
record CommitRequest(ArrayList<Item> items, long timeoutMillis) implements Serializable {
  /** Deltas to one space, as canonical requests. */
  record Item(SpaceName space, ArrayList<String> deltas) implements Serializable {}

  /** The answers, an item each in order; waits for all of them. */
  ArrayList<ArrayList<Answer>> answer(CommitLoop commits) {
    List<CompletableFuture<List<Answer>>> asked = new ArrayList<>();
    for (Item item : items) {
      List<Delta> deltas =
          item.deltas.stream()
              .map(text -> Delta.parseEither((Json.Obj) Json.parseCanonical(text)))
              .toList();
      asked.add(commits.commit(item.space, deltas, Duration.ofMillis(timeoutMillis)));
    }
    ArrayList<ArrayList<Answer>> answers = new ArrayList<>();
    asked.forEach(answer -> answers.add(new ArrayList<>(answer.join())));
    return answers;
  }
}
