package io.mnemogrid.member;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.state.Pointer;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Makes the result that an author gets for a delta that is in the log. */
final class CommittedResult {
  private CommittedResult() {}

  /** The result of {@code delta}, which stands in the log as {@code update}. */
  static Committed of(
      Delta delta, Update update, int seenInList, List<Update> missed, boolean duplicate) {
    List<String> applied =
        switch (delta) {
          case Delta.Edit edit -> applied(edit, update);
          case Delta.Rollback _, Delta.Patch _ -> leavesOf(update);
        };
    return new Committed(update, applied, seenInList, missed, duplicate);
  }

  private static List<String> applied(Delta.Edit edit, Update update) {
    if (update.fields().superseded().isEmpty()) {
      return edit.changes().stream().map(Change::sent).toList();
    }
    Set<Pointer> lost = new HashSet<>();
    update.fields().superseded().forEach(superseded -> lost.add(superseded.path()));
    return edit.changes().stream()
        .filter(change -> !lost.contains(change.path()))
        .map(Change::sent)
        .toList();
  }

  /** The first leaves that a record changes: what a rollback or a patch came to. */
  private static List<String> leavesOf(Update update) {
    TreeSet<Pointer> leaves = new TreeSet<>();
    update.fields().changes().added().forEach(change -> leaves.add(change.path()));
    update.fields().changes().deleted().forEach(change -> leaves.add(change.path()));
    update.fields().changes().modified().forEach(change -> leaves.add(change.path()));
    return leaves.stream().limit(CommitResult.MAX_ROLLBACK_PATHS).map(Pointer::toString).toList();
  }
}
