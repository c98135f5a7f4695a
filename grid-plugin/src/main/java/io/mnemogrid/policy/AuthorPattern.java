package io.mnemogrid.policy;

import io.mnemogrid.state.Author;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A pattern of authors: {@code *} stands for any characters, {@code {name}} for the segment of the
 * path that is bound to it, and every other character for itself. What is bound stands for itself,
 * whatever is in it.
 *
 * @param parts texts and names of variables in turn, beginning with a text
 */
record AuthorPattern(List<String> parts) {
  private static final Pattern VARIABLE = Pattern.compile("\\{([a-z][a-z0-9_]{0,31})}");

  /** Stands for any characters once the pattern is put together; no author has it. */
  private static final char ANY = '\0';

  AuthorPattern {
    parts = List.copyOf(parts);
  }

  /**
   * Reads a pattern.
   *
   * @throws IllegalArgumentException in one sentence
   */
  static AuthorPattern parse(String text) {
    if (text.isEmpty() || text.length() > Glob.MAX_LENGTH) {
      throw new IllegalArgumentException(
          "a pattern of authors has 1 to " + Glob.MAX_LENGTH + " characters");
    }
    List<String> parts = new ArrayList<>();
    Matcher variable = VARIABLE.matcher(text);
    int at = 0;
    while (variable.find()) {
      parts.add(literal(text.substring(at, variable.start())));
      parts.add(variable.group(1));
      at = variable.end();
    }
    parts.add(literal(text.substring(at)));
    return new AuthorPattern(parts);
  }

  private static String literal(String text) {
    if (!text.isEmpty()) {
      new Glob(text); // refuses characters that no author has
    }
    return text.replace('*', ANY);
  }

  /** Whether it has no variables: it fits an author or not, whatever the path. */
  boolean isFixed() {
    return parts.size() == 1;
  }

  /** Characters that it has besides those of variables, and {@code *} among them. */
  int length() {
    int length = 0;
    for (int i = 0; i < parts.size(); i += 2) {
      length += parts.get(i).length();
    }
    return length;
  }

  /**
   * What it costs to hold it against an author, in comparisons. After a {@code *} each place of the
   * author may have to be tried.
   */
  int comparisons() {
    return 1 + (parts.stream().anyMatch(part -> part.indexOf(ANY) >= 0) ? length() : 0);
  }

  /** The names of its variables. */
  Set<String> variables() {
    Set<String> names = new HashSet<>();
    for (int i = 1; i < parts.size(); i += 2) {
      names.add(parts.get(i));
    }
    return names;
  }

  /**
   * Whether an author fits.
   *
   * @param segments of the path
   * @param bound the number of the segment that each variable is bound to
   */
  boolean fits(Author author, List<String> segments, Map<String, Integer> bound) {
    String name = author.name();
    int at = 0;
    for (int i = 0; i < parts.size(); i++) {
      String part = part(i, segments, bound);
      if (i % 2 == 0 && part.indexOf(ANY) >= 0) {
        return fitsWithStars(name, segments, bound);
      }
      if (!name.startsWith(part, at)) {
        return false;
      }
      at += part.length();
    }
    return at == name.length();
  }

  /** A text, or the segment that a variable is bound to. */
  private String part(int i, List<String> segments, Map<String, Integer> bound) {
    Integer segment = i % 2 == 0 ? null : bound.get(parts.get(i));
    return segment == null ? parts.get(i) : segments.get(segment);
  }

  private boolean fitsWithStars(String name, List<String> segments, Map<String, Integer> bound) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < parts.size(); i++) {
      String part = part(i, segments, bound);
      boolean isBound = i % 2 == 1;
      if (isBound && part.indexOf(ANY) >= 0 // no author has it
          || text.length() + part.length() > 2 * Glob.MAX_LENGTH) { // half of it are stars at most
        return false;
      }
      text.append(part);
    }
    return Glob.fits(text.toString(), ANY, name);
  }
}
