package io.mnemogrid.checkpoint;

import io.mnemogrid.state.SpaceName;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * What the audit found at the heads of the spaces: the heads that are ready for a checkpoint, and
 * those with a problem. Writes are durable when they return. Calls block; safe for all threads.
 */
public interface AuditedHeads {
  /**
   * Publishes what the audit found. The row of a space and version is written once; only a problem
   * that is found later at that version is added to it. Older rows of a space may be dropped, but
   * none with a problem.
   */
  void publish(AuditedHead head);

  /** The newest finding of every space, ready or not, by name. */
  List<AuditedHead> newest();

  /**
   * The newest findings that changed since a call that answered with {@code mark}; with 0, all of
   * them. A store that cannot tell what changed answers with all. O(changed).
   */
  default AuditedChanges newestSince(long mark) {
    return new AuditedChanges(newest(), 0, true);
  }

  /** Those of the newest findings that are a problem, by name. O(problems) in a store. */
  default List<AuditedHead> problems() {
    return newest().stream().filter(found -> !found.ready()).toList();
  }

  /** The newest finding of one space. */
  Optional<AuditedHead> newest(SpaceName space);

  /** The newest findings of those of the spaces that have one, in no order. */
  default List<AuditedHead> newest(Collection<SpaceName> spaces) {
    return spaces.stream().flatMap(space -> newest(space).stream()).toList();
  }
}
