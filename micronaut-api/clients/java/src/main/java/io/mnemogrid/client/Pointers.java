package io.mnemogrid.client;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * JSON Pointers (RFC 6901) as texts: each segment has one spelling, so texts compare as they do.
 */
final class Pointers {
  /** Containers within containers that a document may have: segments plus nesting (FORMATS §1). */
  static final int MAX_DEPTH = 32;

  private static final int MAX_BYTES = 1024;
  private static final Pattern INDEX = Pattern.compile("0|[1-9][0-9]{0,8}");

  private Pointers() {}

  /**
   * The pointer of a path, which may be dotted.
   *
   * @throws IllegalArgumentException for a dotted path with an empty segment
   */
  static String ofPath(String path) {
    if (path.isEmpty() || path.startsWith("/")) {
      return path;
    }
    String pointer = "";
    for (String name : path.split("\\.", -1)) {
      if (name.isEmpty()) {
        throw new IllegalArgumentException("a dotted path has no empty segment: " + path);
      }
      pointer = child(pointer, name);
    }
    return pointer;
  }

  /** Why {@code text} is no pointer that a document may hold; empty when it is one. */
  static Optional<String> whyNone(String text) {
    if (JsonText.hasLoneSurrogate(text)) {
      return Optional.of("a pointer holds no lone surrogates");
    }
    if (text.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
      return Optional.of("a pointer has at most " + MAX_BYTES + " bytes");
    }
    if (!isWellFormed(text)) {
      return Optional.of("no JSON Pointer (RFC 6901 §3)");
    }
    if (segments(text).size() > MAX_DEPTH) {
      return Optional.of("a pointer has at most " + MAX_DEPTH + " segments");
    }
    return Optional.empty();
  }

  private static boolean isWellFormed(String text) {
    if (!text.isEmpty() && text.charAt(0) != '/') {
      return false;
    }
    for (int tilde = text.indexOf('~'); tilde >= 0; tilde = text.indexOf('~', tilde + 1)) {
      if (tilde + 1 == text.length() || "01".indexOf(text.charAt(tilde + 1)) < 0) {
        return false;
      }
    }
    return true;
  }

  /** The reference tokens, unescaped. */
  static List<String> segments(String pointer) {
    List<String> segments = new ArrayList<>();
    if (pointer.isEmpty()) {
      return segments;
    }
    String[] tokens = pointer.split("/", -1);
    for (int i = 1; i < tokens.length; i++) {
      segments.add(tokens[i].replace("~1", "/").replace("~0", "~"));
    }
    return segments;
  }

  /** The pointer of the member {@code name} of what stands at {@code pointer}. */
  static String child(String pointer, String name) {
    return pointer + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  /** Whether {@code ancestor} is strictly above {@code pointer}. */
  static boolean isAbove(String ancestor, String pointer) {
    return pointer.startsWith(ancestor + "/");
  }

  /** The pointer one segment below {@code ancestor} on the way to {@code pointer}. */
  static String nextStep(String ancestor, String pointer) {
    int end = pointer.indexOf('/', ancestor.length() + 1);
    return end < 0 ? pointer : pointer.substring(0, end);
  }

  /** What tokens lead to in {@code value} (RFC 6901 §4). */
  static Optional<Json> lookUp(Json value, List<String> tokens) {
    Json at = value;
    for (String token : tokens) {
      if (at instanceof Json.Arr array && INDEX.matcher(token).matches()) {
        int index = Integer.parseInt(token);
        at = index < array.items().size() ? array.items().get(index) : null;
      } else if (at instanceof Json.Obj object) {
        at = object.members().get(token);
      } else {
        at = null;
      }
      if (at == null) {
        return Optional.empty();
      }
    }
    return Optional.of(at);
  }
}
