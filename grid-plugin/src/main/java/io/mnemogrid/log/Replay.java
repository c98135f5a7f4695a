package io.mnemogrid.log;

import java.util.ArrayList;
import java.util.List;

/**
 * Follows a space along its log, over many versions. Each record must follow the one before and its
 * changes must fit, as in {@link Snapshot#plus}. The state root costs more than all the rest, so it
 * is compared only every {@link #COMPARED_EVERY} versions and whenever the version reached is asked
 * for. Therefore every version that is handed out has the root that its record says.
 *
 * <p>When something is wrong, the versions since the last comparison are applied again one by one,
 * so that the first wrong one is named. Used by one thread.
 */
public final class Replay {
  /** Versions between two comparisons of the root. */
  public static final int COMPARED_EVERY = 1000;

  private final List<Update> since = new ArrayList<>(COMPARED_EVERY);
  private Snapshot compared;
  private Snapshot at;

  /** Goes on from a version whose root is known to be right. */
  public Replay(Snapshot from) {
    this.compared = from;
    this.at = from;
  }

  /** The version reached; its root may not have been compared yet. */
  public long version() {
    return at.version();
  }

  /**
   * Takes the next record. O(changes · log leaves).
   *
   * @throws BrokenHistory naming the first version that does not follow, fit, or have its root
   */
  public void add(Update update) {
    since.add(update);
    try {
      at = at.plusUncompared(update);
    } catch (BrokenHistory e) {
      throw firstBroken(e);
    }
    if (since.size() >= COMPARED_EVERY) {
      snapshot();
    }
  }

  /**
   * The version reached, its root compared with its record's.
   *
   * @throws BrokenHistory naming the first version that has another root
   */
  public Snapshot snapshot() {
    if (!at.hasItsRoot()) {
      throw firstBroken(new BrokenHistory(at.space(), at.version(), "another root"));
    }
    compared = at;
    since.clear();
    return compared;
  }

  /**
   * The version reached. It must be {@code atMost}, or at least the version of the head row.
   *
   * @param head the head row as it stood before the log was read
   * @throws BrokenHistory when the log ends before that, or the head row names another record or
   *     root
   */
  Snapshot reaching(LogHead head, long atMost) {
    Snapshot reached = snapshot();
    if (reached.version() < Math.min(head.version(), atMost)) {
      throw new BrokenHistory(
          reached.space(),
          reached.version() + 1,
          "is missing; the head row is at " + head.version());
    }
    if (reached.version() == head.version() && !reached.head().isSame(head)) {
      throw new BrokenHistory(
          reached.space(),
          head.version(),
          "the head row names leaf hash "
              + head.leafHash()
              + " and root "
              + head.root()
              + ", its record "
              + reached.head().leafHash()
              + " and "
              + reached.head().root());
    }
    return reached;
  }

  /**
   * The failure of the first wrong version since the last comparison. The versions are applied
   * again, one by one; {@code found} if none of them is wrong now.
   */
  private BrokenHistory firstBroken(BrokenHistory found) {
    Snapshot from = compared;
    for (Update update : since) {
      try {
        from = from.plus(update);
      } catch (BrokenHistory broken) {
        return broken;
      }
    }
    return found; // a second read did not break: the log is not trusted all the same
  }
}
