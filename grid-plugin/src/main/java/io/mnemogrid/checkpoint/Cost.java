package io.mnemogrid.checkpoint;

import java.io.Serializable;
import java.math.BigInteger;
import java.util.List;

/**
 * What transactions take: gas, and coin in its smallest unit (10<sup>-18</sup> of it). Also a limit
 * on both.
 */
public record Cost(long gas, BigInteger wei) implements Serializable {
  /** Nothing. */
  public static final Cost NONE = new Cost(0, BigInteger.ZERO);

  /** The limit that limits nothing. */
  public static final Cost UNLIMITED = new Cost(Long.MAX_VALUE, BigInteger.ONE.shiftLeft(256));

  public Cost {
    if (gas < 0 || wei.signum() < 0) {
      throw new IllegalArgumentException("a cost is not below 0, got " + List.of(gas, wei));
    }
  }

  /** This cost and another one together. */
  public Cost plus(Cost other) {
    return new Cost(Math.addExact(gas, other.gas), wei.add(other.wei));
  }

  /** What this limit leaves after {@code spent}; nothing where it is used up. */
  public Cost minus(Cost spent) {
    return new Cost(
        limitsGas() ? Math.max(0, gas - spent.gas) : gas,
        limitsCoin() ? wei.subtract(spent.wei).max(BigInteger.ZERO) : wei);
  }

  /** The greater of each. */
  public Cost max(Cost other) {
    return new Cost(Math.max(gas, other.gas), wei.max(other.wei));
  }

  /** Whether neither is over the limit. */
  public boolean isWithin(Cost limit) {
    return gas <= limit.gas && wei.compareTo(limit.wei) <= 0;
  }

  /** Whether this limit says anything about gas. */
  public boolean limitsGas() {
    return gas != UNLIMITED.gas;
  }

  /** Whether this limit says anything about coin. */
  public boolean limitsCoin() {
    return !wei.equals(UNLIMITED.wei);
  }
}
