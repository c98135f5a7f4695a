package io.mnemogrid.memory;

/**
 * A number that only rises within its epoch. A curator may begin the next epoch, which stands above
 * all values of those before.
 *
 * @param value 0 to 1
 * @param epoch from 0
 */
public record Score(double value, long epoch) implements Comparable<Score> {
  public Score {
    if (!(value >= 0 && value <= 1) || epoch < 0) {
      throw new IllegalArgumentException("no score is " + value + " in epoch " + epoch);
    }
  }

  @Override
  public int compareTo(Score other) {
    int order = Long.compare(epoch, other.epoch);
    return order == 0 ? Double.compare(value, other.value) : order;
  }

  /** The greater of two; this one when they are equal. */
  Score join(Score other) {
    return compareTo(other) >= 0 ? this : other;
  }
}
