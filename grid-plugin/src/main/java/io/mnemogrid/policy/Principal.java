package io.mnemogrid.policy;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.SpaceName;
import java.io.Serializable;

/**
 * For whom a commit is made: a key, or the code of a member itself. It travels with the commit to
 * the member that appends it.
 *
 * @param grant what it may do, where, and as which authors
 */
public record Principal(Grant grant) implements Serializable {
  /** The code of a member, which is trusted with everything. */
  public static final Principal TRUSTED = new Principal(Grant.ALL);

  /** Whether it may write what is reserved. */
  public boolean isOperator() {
    return grant.role() == Role.OPERATOR;
  }

  /** Whether it may write to a space under the name of an author. */
  public boolean mayWrite(SpaceName space, Author author) {
    return grant.has(Right.WRITE) && grant.has(space) && grant.has(author);
  }
}
