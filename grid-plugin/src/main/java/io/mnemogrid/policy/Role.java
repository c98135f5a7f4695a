package io.mnemogrid.policy;

import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;

/**
 * What a key is for. A role grants kinds of requests; the key says for which spaces and authors.
 */
public enum Role {
  /** Reads and proves. */
  READER(Right.SEE, Right.READ, Right.PROVE),
  /** Reads, proves, commits, and creates spaces. */
  WRITER(Right.SEE, Right.READ, Right.PROVE, Right.WRITE, Right.CREATE),
  /** A writer that will also begin epochs of collective memories. */
  CURATOR(Right.SEE, Right.READ, Right.PROVE, Right.WRITE, Right.CREATE),
  /** Will forget; until there is something to forget by, it sees heads alone. */
  ERASER(Right.SEE),
  /** Has proofs, and reads no document. */
  VERIFIER(Right.SEE, Right.PROVE),
  /** May do everything, in all spaces and as all authors. */
  OPERATOR(Right.values()),
  /** Scrapes metrics, which name all spaces. */
  METRICS(Right.METER);

  private final Set<Right> rights;

  Role(Right... rights) {
    EnumSet<Right> all = EnumSet.noneOf(Right.class);
    Collections.addAll(all, rights);
    this.rights = Collections.unmodifiableSet(all);
  }

  /** The kinds of requests that this role grants. */
  public Set<Right> rights() {
    return rights;
  }

  /** Whether a key of this role has all spaces and authors: what it may do names them all. */
  public boolean isOfAll() {
    return this == OPERATOR || this == METRICS;
  }

  /** The name in lower case, as in JSON. */
  public String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The role of that name.
   *
   * @throws IllegalArgumentException with all names, where there is none
   */
  public static Role of(String text) {
    for (Role role : values()) {
      if (role.text().equals(text)) {
        return role;
      }
    }
    throw new IllegalArgumentException(
        "a role is reader, writer, curator, eraser, verifier, operator or metrics");
  }
}
