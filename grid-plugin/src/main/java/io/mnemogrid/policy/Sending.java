package io.mnemogrid.policy;

import io.mnemogrid.merge.Condition;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.state.UpdateId;
import java.io.Serializable;
import java.util.Map;

/**
 * How a commit is sent, besides what it says. It belongs to one sending: the same ids sent again
 * are answered from the log, whoever sends them and under whatever condition.
 *
 * @param principal for whom
 * @param condition what the head must be to which the first of its deltas is appended
 * @param proven the signatures of its deltas, each checked by the member that took it
 */
public record Sending(Principal principal, Condition condition, Map<UpdateId, Proven> proven)
    implements Serializable {
  /** By a member's own code, to every head. */
  public static final Sending TRUSTED = trusted(Condition.NONE);

  public Sending {
    proven = Map.copyOf(proven);
  }

  /** A sending that nobody signed. */
  public Sending(Principal principal, Condition condition) {
    this(principal, condition, Map.of());
  }

  /** By a member's own code. */
  public static Sending trusted(Condition condition) {
    return new Sending(Principal.TRUSTED, condition);
  }

  /** Whether its condition names the version that it was made from, or that there is none. */
  boolean namesVersion() {
    return condition instanceof Condition.IsOneOf || condition instanceof Condition.Unwritten;
  }
}
