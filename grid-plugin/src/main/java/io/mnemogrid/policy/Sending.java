package io.mnemogrid.policy;

import io.mnemogrid.merge.Condition;
import java.io.Serializable;

/**
 * How a commit is sent, besides what it says. It belongs to one sending: the same ids sent again
 * are answered from the log, whoever sends them and under whatever condition.
 *
 * @param principal for whom
 * @param condition what the head must be to which the first of its deltas is appended
 */
public record Sending(Principal principal, Condition condition) implements Serializable {
  /** By a member's own code, to every head. */
  public static final Sending TRUSTED = trusted(Condition.NONE);

  /** By a member's own code. */
  public static Sending trusted(Condition condition) {
    return new Sending(Principal.TRUSTED, condition);
  }

  /** Whether its condition names the version that it was made from, or that there is none. */
  boolean namesVersion() {
    return condition instanceof Condition.IsOneOf || condition instanceof Condition.Unwritten;
  }
}
