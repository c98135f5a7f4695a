package io.mnemogrid;

/**
 * Rates that the members of a grid grant together. Each member grants its share of a rate. Ten
 * times a second, as long as something is asked for, the members tell each other how much that is,
 * and the shares follow. A member that leaves frees its share, and what no member is asked for is
 * divided equally.
 *
 * <p>What members tell each other may be lost or late. Then shares are old for a moment, and all
 * together grant somewhat more or less than the rate. Safe for all threads; nothing blocks.
 */
public interface SharedRates {
  /** Most characters of the name of a rate. */
  int MAX_NAME = 100;

  /**
   * The rate of that name. Two of one name have one share each of what is asked for: keep it.
   *
   * @throws IllegalArgumentException when the name is empty, or longer than {@link #MAX_NAME}
   */
  Rate named(String name);

  /** One rate, as this member knows it. */
  interface Rate {
    /** This member's share, above 0 and at most 1. O(1). */
    double share();

    /**
     * Counts what was asked of the rate here, granted or not. O(1), but for the first time in some
     * seconds, when it looks at what each of the other members has told.
     *
     * @param seconds how long the whole rate takes to grant as much; negative to take back what was
     *     counted
     */
    void asked(double seconds);
  }
}
