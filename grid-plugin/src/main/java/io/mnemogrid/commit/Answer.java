package io.mnemogrid.commit;

import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.util.List;

/** What became of one delta, as the committer answers it. */
public sealed interface Answer extends Serializable {
  /**
   * Whether a request was refused and would be refused at every later version too ({@link
   * Refusal#isLasting}). A strict conflict in a list is not lasting, because an earlier delta of
   * the list may overwrite what a later one conflicts with.
   */
  static boolean isLastingRefusal(List<Delta> deltas, List<Answer> answers) {
    for (int i = 0; i < answers.size(); i++) {
      if (answers.get(i) instanceof Refused refused) {
        boolean canPass = deltas.size() > 1 && refused.refusal instanceof Refusal.StrictConflict;
        return !canPass && refused.refusal.isLasting(deltas.get(i));
      }
    }
    return false;
  }

  /**
   * Whether a request was refused because of its own condition, which another sending of the same
   * ids may lack.
   */
  static boolean isConditionFailed(List<Answer> answers) {
    return answers.stream()
        .anyMatch(answer ->
            answer instanceof Refused refused && refused.refusal instanceof Refusal.NotCurrent);
  }

  /**
   * It stands in the log, durably, as this update.
   *
   * @param duplicate whether it stood there before this request
   */
  record Accepted(Update update, boolean duplicate) implements Answer {}

  /**
   * A patch that changed nothing: it took no version and left no trace.
   *
   * @param head the log's head, on which it was played
   */
  record Unchanged(LogHead head) implements Answer {}

  /** This sending left no trace; only a lasting refusal says so of earlier ones too. */
  record Refused(Refusal refusal) implements Answer {}

  /** Another delta of its list was refused, so it left no trace either. */
  record RefusedWith(int index) implements Answer {}

  /**
   * The store could not be reached in time.
   *
   * @param unknown whether it may be in the log all the same; sending the same id again shows it
   */
  record Unavailable(boolean unknown, String why) implements Answer {}

  /**
   * The log of its space is damaged, so nothing can be judged there. This sending left no trace; an
   * earlier sending of the same id may have left one. Sending it again is of no use before the log
   * is mended.
   *
   * @param version the first version that was found wrong
   */
  record Damaged(SpaceName space, long version, String what) implements Answer {
    /** The answer for what a reader of the log found. */
    public static Damaged of(BrokenHistory broken) {
      return new Damaged(broken.space(), broken.version(), broken.what());
    }
  }

  /**
   * The asked member commits nothing now: it starts, closes, or has no committer. It took nothing
   * of this request, so the asking member tries another one at once. No author gets this answer.
   */
  record Elsewhere(String why) implements Answer {}

  /** Whether a member took nothing of a request, so that another is to be asked. */
  static boolean isElsewhere(List<Answer> answers) {
    return answers.getFirst() instanceof Elsewhere;
  }
}
