package io.mnemogrid.merge;

import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.SecretRule;
import java.util.List;
import java.util.Set;

/**
 * What is done about secrets in an edit. It belongs to the edit in this process alone: no other
 * member is told, and the log does not have it.
 *
 * @param allowed rules whose secrets the author may write
 * @param cut where something was cut out, by JSON Pointers into the request: the first 1,000
 *     places, and less where the pointers are long
 */
public record Screening(Set<SecretRule> allowed, List<FoundSecret> cut) {
  /** Every secret is refused, and nothing was cut out. */
  public static final Screening USUAL = new Screening(Set.of(), List.of());

  public Screening {
    allowed = Set.copyOf(allowed);
    cut = List.copyOf(cut);
  }
}
