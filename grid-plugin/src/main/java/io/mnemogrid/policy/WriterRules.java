package io.mnemogrid.policy;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Pointer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Which authors may write where. A path that no rule names is open to all. A path that several
 * rules name is open to the authors of each of them.
 *
 * <p>The patterns of all rules stand in one tree of segments, so a path is compared segment by
 * segment and not with every pattern.
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
  private record Bound(int rule, List<AuthorPattern> authors, Map<String, Integer> variables) {
    boolean allows(Author author, List<String> segments) {
      for (AuthorPattern pattern : authors) {
        if (pattern.fits(author, segments, variables)) {
          return true;
        }
      }
      return false;
    }
  }

  private static final class Node {
    final Map<String, Node> named = new HashMap<>();
    @Nullable Node any;
    final List<Bound> ending = new ArrayList<>();
    final List<Bound> withRest = new ArrayList<>();
  }

  /** What is known of a path so far. */
  private static final class Found {
    int firstRule = Integer.MAX_VALUE;
    boolean allowed;
  }

  private final Node top = new Node();
  private final boolean isEmpty;

  WriterRules(List<Rule> rules) {
    isEmpty = rules.isEmpty();
    for (int i = 0; i < rules.size(); i++) {
      for (PathPattern pattern : rules.get(i).paths) {
        Node at = top;
        for (String segment : pattern.segments()) {
          at = child(at, segment);
        }
        Bound bound = new Bound(i, rules.get(i).authors, pattern.variables());
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
    return isEmpty;
  }

  /** The first rule that names a path and none of whose like allows the author; -1 for none. */
  int refusing(Author author, Pointer path) {
    if (isEmpty) {
      return -1;
    }
    Found found = new Found();
    look(top, author, path.segments(), 0, found);
    return found.allowed || found.firstRule == Integer.MAX_VALUE ? -1 : found.firstRule;
  }

  private static void look(Node at, Author author, List<String> segments, int depth, Found found) {
    judge(at.withRest, author, segments, found);
    if (found.allowed) {
      return;
    }
    if (depth == segments.size()) {
      judge(at.ending, author, segments, found);
      return;
    }
    Node named = at.named.get(segments.get(depth));
    if (named != null) {
      look(named, author, segments, depth + 1, found);
    }
    if (at.any != null && !found.allowed) {
      look(at.any, author, segments, depth + 1, found);
    }
  }

  private static void judge(List<Bound> rules, Author author, List<String> segments, Found found) {
    for (Bound rule : rules) {
      found.firstRule = Math.min(found.firstRule, rule.rule);
      found.allowed |= rule.allows(author, segments);
    }
  }
}
