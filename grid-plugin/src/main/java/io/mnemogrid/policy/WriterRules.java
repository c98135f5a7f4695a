package io.mnemogrid.policy;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Pointer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Which authors may write where. A path that no rule names is open to all. A path that several
 * rules name is open to the authors of each of them.
 *
 * <p>The patterns of all rules stand in one tree of segments, so a path is compared segment by
 * segment and not with every pattern. What one path takes at most is {@link #mostComparisons}.
 */
final class WriterRules {
  /** No rule at all. */
  static final WriterRules NONE = new WriterRules(List.of());

  /** A rule: these authors may write at these places. */
  record Rule(List<PathPattern> paths, List<AuthorPattern> authors) {
    Rule {
      paths = List.copyOf(paths);
      authors = List.copyOf(authors);
    }
  }

  /** A rule as one of its patterns has it. */
  private record Bound(int rule, Map<String, Integer> variables) {}

  private static final class Node {
    final Map<String, Node> named = new HashMap<>();
    @Nullable Node any;
    final List<Bound> ending = new ArrayList<>();
    final List<Bound> withRest = new ArrayList<>();
  }

  private final Node top = new Node();

  /** Of each rule the patterns of authors without variables, and those with. */
  private final List<List<AuthorPattern>> fixed = new ArrayList<>();

  private final List<List<AuthorPattern>> variable = new ArrayList<>();

  WriterRules(List<Rule> rules) {
    for (int i = 0; i < rules.size(); i++) {
      Map<Boolean, List<AuthorPattern>> authors =
          rules.get(i).authors.stream()
              .distinct()
              .collect(Collectors.partitioningBy(AuthorPattern::isFixed));
      fixed.add(authors.getOrDefault(true, List.of()));
      variable.add(authors.getOrDefault(false, List.of()));
      for (PathPattern pattern : new LinkedHashSet<>(rules.get(i).paths)) {
        Node at = top;
        for (String segment : pattern.segments()) {
          at = child(at, segment);
        }
        Bound bound = new Bound(i, pattern.variables());
        (pattern.hasRest() ? at.withRest : at.ending).add(bound);
      }
    }
  }

  private static Node child(Node at, String segment) {
    if (!segment.equals(PathPattern.ANY) && !PathPattern.isVariable(segment)) {
      return at.named.computeIfAbsent(segment, _ -> new Node());
    }
    Node any = at.any == null ? new Node() : at.any;
    at.any = any;
    return any;
  }

  boolean isEmpty() {
    return fixed.isEmpty();
  }

  /**
   * A bound of what {@link ForAuthor#refusing} compares for one path, whichever it is: one for each
   * place of the tree and each rule there, and {@link AuthorPattern#comparisons} for each pattern
   * of authors that has variables. Patterns without variables are compared once for all paths of a
   * delta. O(segments of all patterns).
   */
  int mostComparisons() {
    return isEmpty() ? 0 : mostComparisons(top);
  }

  private int mostComparisons(Node at) {
    int here = 1 + comparisons(at.ending) + comparisons(at.withRest);
    int named = 0; // a segment has one name
    for (Node child : at.named.values()) {
      named = Math.max(named, mostComparisons(child));
    }
    return here + named + (at.any == null ? 0 : mostComparisons(at.any));
  }

  private int comparisons(List<Bound> rules) {
    int count = 0;
    for (Bound rule : rules) {
      count += 1;
      for (AuthorPattern pattern : variable.get(rule.rule)) {
        count += pattern.comparisons();
      }
    }
    return count;
  }

  /** The rules as they are for one author. */
  ForAuthor of(Author author) {
    return new ForAuthor(author);
  }

  /** The rules as they are for one author, for many paths. Used by one thread. */
  final class ForAuthor {
    private final Author author;

    /**
     * The rules whose patterns without variables were compared, and those that allow the author.
     */
    private final BitSet compared = new BitSet();

    private final BitSet allowing = new BitSet();

    private ForAuthor(Author author) {
      this.author = author;
    }

    /** The first rule that names a path and none of whose like allows the author; -1 for none. */
    int refusing(Pointer path) {
      if (isEmpty()) {
        return -1;
      }
      Found found = new Found();
      look(top, path.segments(), 0, found);
      return found.allowed || found.firstRule == Integer.MAX_VALUE ? -1 : found.firstRule;
    }

    private void look(Node at, List<String> segments, int depth, Found found) {
      judge(at.withRest, segments, found);
      if (found.allowed) {
        return;
      }
      if (depth == segments.size()) {
        judge(at.ending, segments, found);
        return;
      }
      Node named = at.named.get(segments.get(depth));
      if (named != null) {
        look(named, segments, depth + 1, found);
      }
      if (at.any != null && !found.allowed) {
        look(at.any, segments, depth + 1, found);
      }
    }

    private void judge(List<Bound> rules, List<String> segments, Found found) {
      for (Bound rule : rules) {
        found.firstRule = Math.min(found.firstRule, rule.rule);
        if (allows(rule, segments)) {
          found.allowed = true;
          return;
        }
      }
    }

    private boolean allows(Bound rule, List<String> segments) {
      if (!compared.get(rule.rule)) {
        compared.set(rule.rule);
        allowing.set(rule.rule, fits(fixed.get(rule.rule), List.of(), Map.of()));
      }
      return allowing.get(rule.rule) || fits(variable.get(rule.rule), segments, rule.variables);
    }

    private boolean fits(
        List<AuthorPattern> patterns, List<String> segments, Map<String, Integer> bound) {
      for (AuthorPattern pattern : patterns) {
        if (pattern.fits(author, segments, bound)) {
          return true;
        }
      }
      return false;
    }
  }

  /** What is known of a path so far. */
  private static final class Found {
    int firstRule = Integer.MAX_VALUE;
    boolean allowed;
  }
}
