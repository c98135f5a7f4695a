package io.mnemogrid.policy;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Pointer;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The tree of patterns against a list of them that is gone through; the seed is the test's name.
 */
class WriterRulesModelTest {
  private static final List<String> SEGMENTS = List.of("a", "b", "a*b", "{x}", "x", "");
  private static final List<String> PATTERNS = List.of("a", "b", "*", "{v}", "{w}", "x", "");
  private static final List<String> AUTHORS = List.of("a", "b", "x", "ab", "a-b");
  private static final List<String> WRITERS =
      List.of("a", "*", "b*", "{v}", "{v}-*", "x{w}", "*-b");

  static LongStream seeds() {
    return LongStream.rangeClosed(1, 300);
  }

  private record SlowRule(List<String> paths, List<String> authors) {
    boolean covers(String path) {
      return paths.stream().anyMatch(pattern -> bind(pattern, path) != null);
    }

    boolean allows(String author, String path) {
      for (String pattern : paths) {
        Map<String, String> bound = bind(pattern, path);
        for (String writer : authors) {
          if (bound != null && fits(writer, bound, author)) {
            return true;
          }
        }
      }
      return false;
    }

    private static @Nullable Map<String, String> bind(String pattern, String path) {
      String[] wanted = pattern.substring(1).split("/", -1);
      String[] there = path.isEmpty() ? new String[0] : path.substring(1).split("/", -1);
      boolean rest = wanted[wanted.length - 1].equals("**");
      int fixed = rest ? wanted.length - 1 : wanted.length;
      if (rest ? there.length < fixed : there.length != fixed) {
        return null;
      }
      Map<String, String> bound = new HashMap<>();
      for (int i = 0; i < fixed; i++) {
        if (wanted[i].startsWith("{")) {
          bound.put(wanted[i], there[i]);
        } else if (!wanted[i].equals("*") && !wanted[i].equals(there[i])) {
          return null;
        }
      }
      return bound;
    }

    private static boolean fits(String writer, Map<String, String> bound, String author) {
      StringBuilder regex = new StringBuilder();
      for (String part : writer.splitWithDelimiters("\\{\\w}|\\*", 0)) {
        regex.append(part.equals("*") ? ".*" : Pattern.quote(bound.getOrDefault(part, part)));
      }
      return Pattern.matches(regex.toString(), author);
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void findsWhatALookAtEachPatternFinds(long seed) {
    Random random = new Random(seed);
    List<SlowRule> slow = new ArrayList<>();
    List<WriterRules.Rule> rules = new ArrayList<>();
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      SlowRule rule = rule(random);
      slow.add(rule);
      rules.add(
          new WriterRules.Rule(
              rule.paths.stream().map(PathPattern::parse).toList(),
              rule.authors.stream().map(AuthorPattern::parse).toList()));
    }
    WriterRules fast = new WriterRules(rules);
    Map<String, WriterRules.ForAuthor> known = new HashMap<>(); // also for the paths that follow
    int refused = 0;
    for (int i = 0; i < 200; i++) {
      String path = path(SEGMENTS, random.nextInt(4), random);
      String author = AUTHORS.get(random.nextInt(AUTHORS.size()));
      int wanted = -1;
      if (slow.stream().noneMatch(rule -> rule.allows(author, path))) {
        for (int at = 0; at < slow.size() && wanted < 0; at++) {
          wanted = slow.get(at).covers(path) ? at : -1;
        }
      }
      refused += wanted < 0 ? 0 : 1;
      assertThat(
              known
                  .computeIfAbsent(author, name -> fast.of(new Author(name)))
                  .refusing(Pointer.parse(path)))
          .as("%s at %s by %s", author, path, slow)
          .isEqualTo(wanted);
    }
    assertThat(refused).isLessThan(200);
  }

  private static SlowRule rule(Random random) {
    while (true) {
      List<String> paths = new ArrayList<>();
      for (int i = 1 + random.nextInt(2); i > 0; i--) {
        String path = path(PATTERNS, random.nextInt(4), random);
        paths.add(path.isEmpty() || random.nextBoolean() ? path + "/**" : path);
      }
      String writer = WRITERS.get(random.nextInt(WRITERS.size()));
      boolean bound =
          paths.stream()
              .allMatch(path ->
                  (!writer.contains("{v}") || path.contains("{v}"))
                      && (!writer.contains("{w}") || path.contains("{w}")));
      boolean twice = paths.stream().anyMatch(path -> path.matches(".*(\\{\\w}).*\\1.*"));
      if (bound && !twice) {
        return new SlowRule(paths, List.of(writer));
      }
    }
  }

  private static String path(List<String> from, int length, Random random) {
    return random
        .ints(length, 0, from.size())
        .mapToObj(i -> "/" + from.get(i))
        .collect(Collectors.joining());
  }
}
