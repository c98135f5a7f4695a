package io.mnemogrid.state;

import java.util.TreeMap;

/**
 * The part of every document that is the product's own. It is written only by who names a place in
 * it. A set, a delete or a merge patch of the root, and a rollback, leave it as it stands.
 */
public final class Reserved {
  /** The member of the root that is reserved. */
  public static final String NAME = "_mnemogrid";

  /** Where the reserved part stands. */
  public static final Pointer PLACE = Pointer.ROOT.child(NAME);

  /** Where the policy of the space stands. */
  public static final Pointer POLICY = PLACE.child("policy");

  /** Where the text of a policy stands that an older version kept and this one does not know. */
  public static final Pointer OLD_POLICY = PLACE.child("old_policy");

  private Reserved() {}

  /** Whether a path is the reserved place, or lies below it. */
  public static boolean covers(Pointer path) {
    return PLACE.equals(path) || PLACE.isAbove(path);
  }

  /** A document without its reserved part. O(members of its root). */
  public static Json.Obj without(Json.Obj document) {
    if (document.get(NAME) == null) {
      return document;
    }
    TreeMap<String, Json> members = new TreeMap<>(document.members());
    members.remove(NAME);
    return new Json.Obj(members);
  }
}
