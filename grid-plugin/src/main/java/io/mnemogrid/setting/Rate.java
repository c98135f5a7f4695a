package io.mnemogrid.setting;

/**
 * What a caller is granted in a second. As much is granted at once to who asked for nothing lately.
 *
 * @param requests how many requests; 0 for no limit
 * @param bytes bytes of bodies and answers; 0 for no limit
 * @param work units of work, as {@code docs/api.md} counts them; 0 for no limit
 */
public record Rate(long requests, long bytes, long work) {
  /** Most of each: what is granted in a second is counted in nanoseconds. */
  public static final long MOST = 1_000_000_000;

  /** No limit at all. */
  public static final Rate NONE = new Rate(0, 0, 0);

  /**
   * @throws IllegalArgumentException when a number is negative or above {@link #MOST}
   */
  public Rate {
    if (Math.min(requests, Math.min(bytes, work)) < 0
        || Math.max(requests, Math.max(bytes, work)) > MOST) {
      throw new IllegalArgumentException("a rate has numbers from 0 to " + MOST);
    }
  }

  /** Three whole numbers with commas between. */
  static Rate parse(String text) {
    String[] numbers = text.split(",", -1);
    if (numbers.length != 3) {
      throw new IllegalArgumentException("a rate has three numbers");
    }
    return new Rate(number(numbers[0]), number(numbers[1]), number(numbers[2]));
  }

  private static long number(String text) {
    return Long.parseLong(text.strip());
  }

  /** As {@link #parse} reads it. */
  @Override
  public String toString() {
    return requests + "," + bytes + "," + work;
  }
}
