package io.mnemogrid.log;

import java.io.Serializable;
import java.util.List;

/**
 * The heads that were appended to, or created, since a mark.
 *
 * @param heads them, each once, in no order; some may have been told before
 * @param mark what the next call is given; heads that change after this answer was made are among
 *     its heads
 * @param isAll whether the log has no other heads: the mark was 0, or is of a log that has more
 *     than this one, as after a store was restored from an older copy
 */
public record HeadChanges(List<LogHead> heads, long mark, boolean isAll) implements Serializable {
  public HeadChanges {
    heads = List.copyOf(heads);
  }
}
