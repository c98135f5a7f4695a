package io.mnemogrid.policy;

import io.mnemogrid.state.Pointer;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * A pattern of places of a document, segment by segment: {@code *} stands for any one segment,
 * {@code {name}} too and is bound to it, {@code **} at the end for any rest, also none. Every other
 * segment stands for itself, as a JSON Pointer spells it.
 *
 * @param segments without a {@code **} at the end
 * @param hasRest whether a {@code **} stood there
 */
record PathPattern(List<String> segments, boolean hasRest) {
  /** Any one segment, in {@link #segments}. No segment of a pattern is spelled so. */
  static final String ANY = "\0*";

  private static final Pattern VARIABLE = Pattern.compile("\\{[a-z][a-z0-9_]{0,31}}");

  /** A variable, in {@link #segments}: this and its name. */
  private static final String BOUND = "\0{";

  PathPattern {
    segments = List.copyOf(segments);
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException in one sentence
   */
  static PathPattern parse(String text) {
    if (!text.startsWith("/")) {
      throw new IllegalArgumentException(
          "a pattern of paths begins with /, as in /daily/{node}/**");
    }
    List<String> all = Pointer.parse(text).segments();
    boolean hasRest = all.getLast().equals("**");
    List<String> named = hasRest ? all.subList(0, all.size() - 1) : all;
    Set<String> variables = new HashSet<>();
    List<String> segments =
        named.stream()
            .map(segment -> {
              String read = read(segment);
              if (isVariable(read) && !variables.add(read)) {
                throw new IllegalArgumentException(segment + " stands twice in one pattern");
              }
              return read;
            })
            .toList();
    return new PathPattern(segments, hasRest);
  }

  private static String read(String segment) {
    if (segment.equals("*")) {
      return ANY;
    }
    if (VARIABLE.matcher(segment).matches()) {
      return BOUND + segment.substring(1, segment.length() - 1);
    }
    if (segment.indexOf('*') >= 0 || segment.indexOf('{') >= 0 || segment.indexOf('}') >= 0) {
      throw new IllegalArgumentException(
          "a segment of a pattern is *, {name} of a-z 0-9 _, a name without * { }, or at the end"
              + " **");
    }
    if (segment.indexOf('\0') >= 0) {
      throw new IllegalArgumentException("a pattern has no character 0");
    }
    return segment;
  }

  static boolean isVariable(String segment) {
    return segment.startsWith(BOUND);
  }

  /** The variables, with the number of the segment that each is bound to. */
  Map<String, Integer> variables() {
    Map<String, Integer> variables = new HashMap<>();
    for (int i = 0; i < segments.size(); i++) {
      if (isVariable(segments.get(i))) {
        variables.put(segments.get(i).substring(BOUND.length()), i);
      }
    }
    return variables;
  }
}
