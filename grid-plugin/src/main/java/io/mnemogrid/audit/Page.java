package io.mnemogrid.audit;

import io.mnemogrid.log.Update;
import java.io.Serializable;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;

/**
 * A stretch of one space's log on its way through the audit.
 *
 * @param space its name
 * @param start what the audit goes on from, given with the first page of a space after a start
 * @param updates oldest first
 * @param publish whether the head reached is to be recomputed and published, which costs
 *     O(document)
 * @param last whether nothing of the space follows before another start, so that what is kept of it
 *     may go
 */
public record Page(
    String space, @Nullable Start start, ArrayList<Update> updates, boolean publish, boolean last)
    implements Serializable {
  /** A page that is not the last. */
  public Page(String space, @Nullable Start start, ArrayList<Update> updates, boolean publish) {
    this(space, start, updates, publish, false);
  }

  /** The last page of a space, which has nothing on it. */
  public static Page last(String space) {
    return new Page(space, null, new ArrayList<>(), false, true);
  }
}
