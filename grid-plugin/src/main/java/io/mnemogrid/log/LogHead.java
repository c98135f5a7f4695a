package io.mnemogrid.log;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;
import java.time.Instant;

/**
 * The head row of a space: what an append is conditional on. Version and root do not identify a
 * history, the leaf hash does.
 *
 * @param version 0 before the first update
 * @param root state root at that version
 * @param leafHash of the last record, {@link Hash#ZERO} at version 0
 * @param committed of the last record, {@link Instant#EPOCH} at version 0
 */
public record LogHead(SpaceName space, long version, Hash root, Hash leafHash, Instant committed)
    implements Serializable {
  /** The head of a space that was created and never written. */
  public static LogHead ofNew(SpaceName space) {
    return new LogHead(space, 0, Hash.OF_NOTHING, Hash.ZERO, Instant.EPOCH);
  }

  /** The head that an update leads to. */
  public static LogHead after(Update update) {
    return new LogHead(
        update.space(),
        update.version(),
        update.root(),
        update.leafHash(),
        update.fields().committed());
  }

  /** Whether both name the same version of the same history. */
  public boolean isSame(LogHead other) {
    return version == other.version
        && leafHash.equals(other.leafHash)
        && root.equals(other.root)
        && space.equals(other.space);
  }
}
