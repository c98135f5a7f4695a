package io.mnemogrid.commit;

import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Refusal;
import java.io.Serializable;

/** What became of one delta, as the committer tells it. */
public sealed interface Answer extends Serializable {
  /**
   * It stands in the log, durably, as this update.
   *
   * @param duplicate whether it stood there before this request
   */
  record Accepted(Update update, boolean duplicate) implements Answer {}

  /** It left no trace. */
  record Refused(Refusal refusal) implements Answer {}

  /** Another delta of its list was refused, so it left no trace either. */
  record RefusedWith(int index) implements Answer {}

  /**
   * The store could not be reached in time.
   *
   * @param unknown whether it may stand in the log all the same: sending the same id again tells
   */
  record Unavailable(boolean unknown, String why) implements Answer {}
}
