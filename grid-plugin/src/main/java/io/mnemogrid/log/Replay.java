package io.mnemogrid.log;

import java.util.ArrayList;
import java.util.List;

/**
 * A space being followed along its log, for many versions at once. Each record must follow the one
 * before and its changes must fit, as in {@link Snapshot#plus}; the state root, which costs more
 * than all the rest, is compared every {@link #COMPARED_EVERY} versions and whenever the version
 * reached is asked for. What is handed out is therefore what the records say, to the last bit.
 *
 * <p>Where something is wrong, the stretch since the last comparison is gone through again version
 * by version, so the first wrong one is named, as without this class. Used by one thread.
 */
public final class Replay {
  /** Versions between two comparisons of the root. */
  public static final int COMPARED_EVERY = 1000;

  private final List<Update> since = new ArrayList<>(COMPARED_EVERY);
  private Snapshot compared;
  private Snapshot at;

  /** Goes on from a version that is known to be true. */
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
   * The version reached, which is {@code atMost} or one that the head row names or is behind.
   *
   * @param head the head row as it stood before the log was read
   * @throws BrokenHistory when the log ends before it, or it names another record or root
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

  /** Goes through what was not compared again, one version after the other, until one breaks. */
  private BrokenHistory firstBroken(BrokenHistory found) {
    Snapshot from = compared;
    for (Update update : since) {
      try {
        from = from.plus(update);
      } catch (BrokenHistory broken) {
        return broken;
      }
    }
    return found; // it broke once and not again: still not to be trusted
  }
}
