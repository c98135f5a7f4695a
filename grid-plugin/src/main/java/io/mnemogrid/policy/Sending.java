package io.mnemogrid.policy;

import io.mnemogrid.merge.Condition;
import io.mnemogrid.signature.Proven;
import io.mnemogrid.state.UpdateId;
import java.io.Serializable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a commit is sent, besides what it says. It belongs to one sending: the same ids sent again
 * are answered from the log, whoever sends them and under whatever condition.
 *
 * @param principal for whom
 * @param condition what the head must be to which the first of its deltas is appended
 * @param signatures of its deltas, each checked by the member that took it; null for none, since
 *     every commit that goes to another member carries it
 */
public record Sending(
    Principal principal, Condition condition, @Nullable Map<UpdateId, Proven> signatures)
    implements Serializable {
  /** By a member's own code, to every head. */
  public static final Sending TRUSTED = trusted(Condition.NONE);

  public Sending {
    signatures = signatures == null || signatures.isEmpty() ? null : Map.copyOf(signatures);
  }

  /** A sending that nobody signed. */
  public Sending(Principal principal, Condition condition) {
    this(principal, condition, null);
  }

  /** By a member's own code. */
  public static Sending trusted(Condition condition) {
    return new Sending(Principal.TRUSTED, condition);
  }

  /** That the author of a delta signed it; null where nobody did. */
  public @Nullable Proven proven(UpdateId id) {
    return signatures == null ? null : signatures.get(id);
  }

  /** Whether its condition names the version that it was made from, or that there is none. */
  boolean namesVersion() {
    return condition instanceof Condition.IsOneOf || condition instanceof Condition.Unwritten;
  }
}
