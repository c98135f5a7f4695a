package io.mnemogrid.policy;

import io.mnemogrid.merge.Change;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.PatchBody;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Refusal.Required.Demand;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Superseded;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What may be written to a space, by whom and how. A policy stands in the document of its space, at
 * {@link Reserved#POLICY}, so it has versions, and a change of it and a write have an order.
 *
 * <p>{@link #judge} says what may be written. It is called with the policy of the very head that a
 * delta is appended to, and looks at what the delta really changes there. A write that lost a
 * conflict is judged by what it would have set: whether it is refused does not depend on who was
 * faster.
 *
 * <p>Objects are no places of their own. That {@code {}} stands in place of a removed last member,
 * or gives way to a first one, is not judged; the members are.
 */
public final class Policy {
  /** The member {@code format} of a policy. */
  public static final String FORMAT = "mnemogrid-policy-1";

  /** Most canonical bytes of a policy. */
  public static final int MAX_BYTES = 64 << 10;

  /** Most rules of a policy, and most patterns of paths and of authors of one rule. */
  static final int MAX_RULES = 100;

  /** Most patterns of paths of all rules together. */
  static final int MAX_PATTERNS = 1000;

  /** Most characters of all patterns of authors together. */
  static final int MAX_AUTHOR_CHARACTERS = 16 << 10;

  /**
   * Most that a path may have to be compared with, as {@link WriterRules#mostComparisons} counts.
   */
  static final int MAX_COMPARISONS = 250;

  /** The greatest limit: what JSON numbers hold exactly. */
  static final long MAX_LIMIT = (1L << 53) - 1;

  /** The policy of a space that has none: every author writes everywhere but what is reserved. */
  public static final Policy NONE =
      new Policy(
          WriterRules.NONE, Long.MAX_VALUE, Long.MAX_VALUE, Long.MAX_VALUE, false, false, false);

  private static final Set<String> RESERVED_MEMBERS =
      Set.of(Reserved.POLICY.lastSegment(), Reserved.OLD_POLICY.lastSegment());

  private final WriterRules writers;
  private final long maxLeaves;
  private final long maxBytes;
  private final long maxDeltaBytes;
  private final boolean requiresCondition;
  private final boolean requiresId;
  private final boolean requiresSignature;
  private final @Nullable String unreadable; // why it cannot be read

  Policy(
      WriterRules writers,
      long maxLeaves,
      long maxBytes,
      long maxDeltaBytes,
      boolean requiresCondition,
      boolean requiresId,
      boolean requiresSignature) {
    this.writers = writers;
    this.maxLeaves = maxLeaves;
    this.maxBytes = maxBytes;
    this.maxDeltaBytes = maxDeltaBytes;
    this.requiresCondition = requiresCondition;
    this.requiresId = requiresId;
    this.requiresSignature = requiresSignature;
    this.unreadable = null;
  }

  private Policy(String unreadable) {
    this.writers = WriterRules.NONE;
    this.maxLeaves = Long.MAX_VALUE;
    this.maxBytes = Long.MAX_VALUE;
    this.maxDeltaBytes = Long.MAX_VALUE;
    this.requiresCondition = false;
    this.requiresId = false;
    this.requiresSignature = false;
    this.unreadable = unreadable;
  }

  /**
   * Reads a policy.
   *
   * @throws JsonException with the pointer of what is missing, unknown, malformed or too much
   */
  public static Policy parse(Json json) {
    return new PolicyReader().read(json);
  }

  /**
   * The policy in a document. One that cannot be read allows nothing but to be replaced: a member
   * of an older version must not take the rules of a newer one for none.
   */
  public static Policy in(State state) {
    Json standing = state.value(Reserved.POLICY);
    if (standing == null) {
      return NONE;
    }
    try {
      return parse(standing);
    } catch (JsonException e) {
      return new Policy(String.valueOf(e.getMessage()));
    }
  }

  /**
   * What becomes of a delta under this policy: the resolution, or a refusal. A pure function of its
   * arguments. O(what the delta changes), each place with {@value #MAX_COMPARISONS} comparisons at
   * most; without rules a write that lost is one place.
   *
   * @param before the document that it is resolved against, which has this policy
   * @param resolution what it means there
   */
  public Resolution judge(
      SpaceName space, Sending sending, State before, Delta delta, Resolution resolution) {
    Refusal refusal = sent(space, sending, delta);
    if (refusal == null && resolution instanceof Resolution.Accepted accepted) {
      refusal = changed(sending.principal(), before, delta, accepted);
    }
    return refusal == null ? resolution : new Resolution.Refused(refusal);
  }

  /** Why it is refused, whatever it changes. */
  private @Nullable Refusal sent(SpaceName space, Sending sending, Delta delta) {
    if (!sending.principal().mayWrite(space, delta.author())) {
      return new Refusal.NotGranted(delta.author());
    }
    if (requiresCondition && !sending.namesVersion()) {
      return new Refusal.Required(Demand.CONDITION);
    }
    if (requiresId && delta.hasMadeId()) {
      return new Refusal.Required(Demand.ID);
    }
    if (requiresSignature && sending.proven(delta.id()) == null && !isOfReserved(delta)) {
      return new Refusal.Required(Demand.SIGNATURE);
    }
    if (delta.sizeBytes() > maxDeltaBytes
        && !(delta instanceof Delta.Rollback)
        && !isOfReserved(delta)) {
      return new Refusal.Policy(
          null,
          "/limits/delta_bytes",
          "a delta has at most " + maxDeltaBytes + " bytes here, got " + delta.sizeBytes());
    }
    return null;
  }

  /** Whether a delta names reserved places alone: no rule keeps an operator from changing it. */
  private static boolean isOfReserved(Delta delta) {
    return switch (delta) {
      case Delta.Edit edit -> edit.changes().stream().map(Change::path).allMatch(Reserved::covers);
      case Delta.Patch patch ->
          patch.body() instanceof PatchBody.Steps steps
              && steps.steps().stream().map(PatchBody.Step::path).allMatch(Reserved::covers);
      case Delta.Rollback _ -> false;
    };
  }

  /** Why it is refused for what it changes. */
  private @Nullable Refusal changed(
      Principal principal, State before, Delta delta, Resolution.Accepted accepted) {
    List<Resolution.Accepted> steps = new ArrayList<>(accepted.before());
    steps.add(accepted);
    Touched touched = new Touched(principal, delta.author(), before, accepted.next());
    for (Resolution.Accepted step : steps) {
      Refusal refusal = touched.judge(step);
      if (refusal != null) {
        return refusal;
      }
    }
    if (touched.reserved) {
      Refusal refusal = badReserved(accepted.next());
      if (refusal != null) {
        return refusal;
      }
    }
    boolean isLimited =
        touched.others && !(delta instanceof Delta.Rollback); // which recovers what was there
    return isLimited ? grown(before, accepted.next()) : null;
  }

  private @Nullable Refusal grown(State before, State after) {
    if (after.leaves() > maxLeaves && after.leaves() > before.leaves()) {
      return new Refusal.Policy(
          null,
          "/limits/leaves",
          "the document would have %d leaves, at most %d are allowed here"
              .formatted(after.leaves(), maxLeaves));
    }
    if (after.sizeBytes() > maxBytes && after.sizeBytes() > before.sizeBytes()) {
      return new Refusal.Policy(
          null,
          "/limits/bytes",
          "the document would have %d bytes of paths and values, at most %d are allowed here"
              .formatted(after.sizeBytes(), maxBytes));
    }
    return null;
  }

  /** Why what stands at the reserved place would not be what this version knows, or null. */
  private static @Nullable Refusal badReserved(State next) {
    switch (next.cell(Reserved.PLACE)) {
      case null -> {
        return null;
      }
      case Cell.Leaf leaf -> {
        return leaf.value().equals(Json.EMPTY_OBJECT)
            ? null
            : new Refusal.BadPolicy(Reserved.PLACE.toString(), "is an object");
      }
      case Cell.Branch branch -> {
        for (String name : branch.members().keySet()) {
          if (!RESERVED_MEMBERS.contains(name)) {
            return new Refusal.BadPolicy(
                Reserved.PLACE.child(name).toString(), "is not known here; a policy is");
          }
        }
      }
    }
    Json policy = next.value(Reserved.POLICY);
    if (policy == null) {
      return null;
    }
    try {
      parse(policy);
      return null;
    } catch (JsonException e) {
      return new Refusal.BadPolicy(Reserved.POLICY + e.pointer(), e.detail());
    }
  }

  /** The places that a delta changes, one after the other. */
  private final class Touched {
    private final Principal principal;
    private final Author author;
    private final WriterRules.ForAuthor rules;
    private final State before;
    private final State after;
    private boolean reserved;
    private boolean others;

    Touched(Principal principal, Author author, State before, State after) {
      this.principal = principal;
      this.author = author;
      this.rules = writers.of(author);
      this.before = before;
      this.after = after;
    }

    @Nullable Refusal judge(Resolution.Accepted step) {
      Changes changes = step.changes();
      Refusal refusal = null;
      for (Changes.Added added : changes.added()) {
        boolean isLeftover =
            added.value().equals(Json.EMPTY_OBJECT)
                && before.cell(added.path()) instanceof Cell.Branch;
        refusal = refusal == null && !isLeftover ? judge(added.path()) : refusal;
      }
      for (Changes.Modified modified : changes.modified()) {
        refusal = refusal == null ? judge(modified.path()) : refusal;
      }
      for (Changes.Deleted deleted : changes.deleted()) {
        boolean givesWay =
            deleted.oldValue().equals(Json.EMPTY_OBJECT)
                && after.cell(deleted.path()) instanceof Cell.Branch;
        refusal = refusal == null && !givesWay ? judge(deleted.path()) : refusal;
      }
      for (Superseded lost : step.superseded()) {
        refusal = refusal == null ? judge(lost) : refusal;
      }
      return refusal;
    }

    private @Nullable Refusal judge(Superseded lost) {
      if (writers.isEmpty()) {
        return judge(lost.path()); // whatever is below it is judged alike
      }
      Map<Pointer, Json> wanted = new TreeMap<>();
      if (lost.value() != null) {
        State.forEachLeafOf(lost.path(), lost.value(), wanted::put);
      }
      boolean isOfRoot = lost.path().equals(Pointer.ROOT); // which leaves what is reserved
      List<Refusal> first = new ArrayList<>();
      Consumer<Pointer> look =
          path -> {
            Refusal refusal =
                !first.isEmpty() || isOfRoot && Reserved.covers(path) ? null : judge(path);
            if (refusal != null) {
              first.add(refusal);
            }
          };
      before.forEachLeaf(
          lost.path(),
          leaf -> {
            if (!wanted.remove(leaf.path(), leaf.value())) {
              look.accept(leaf.path());
            }
          });
      Cell.Leaf above = wanted.isEmpty() ? null : before.leafAbove(lost.path());
      if (above != null && !above.value().equals(Json.EMPTY_OBJECT)) {
        look.accept(above.path()); // it would have given way
      }
      wanted.keySet().forEach(look);
      return first.isEmpty() ? null : first.getFirst();
    }

    private @Nullable Refusal judge(Pointer path) {
      if (Reserved.covers(path)) {
        reserved = true;
        return principal.isOperator()
            ? null
            : new Refusal.Policy(path, "", "only an operator writes below " + Reserved.PLACE);
      }
      others = true;
      if (unreadable != null) {
        return new Refusal.Policy(
            path,
            "",
            "this member cannot read the policy of the space, so it lets nobody write: "
                + unreadable);
      }
      int rule = rules.refusing(path);
      return rule < 0
          ? null
          : new Refusal.Policy(
              path, "/writers/" + rule, author + " is none of those who may write there");
    }
  }
}
