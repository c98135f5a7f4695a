package io.mnemogrid.state;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in a document: a JSON Pointer (RFC 6901) of at most 1,024 bytes and 32 segments. The
 * empty one is the document itself. Its trie key is computed once and kept, so a pointer that is
 * held and used again ("prepared") costs no hashing.
 */
public final class Pointer implements Comparable<Pointer>, Serializable {
  private static final long serialVersionUID = 1;

  /** Greatest length in UTF-8 bytes. */
  public static final int MAX_BYTES = 1024;

  /** Greatest number of segments plus nesting below them. */
  public static final int MAX_DEPTH = 32;

  /** The whole document. */
  public static final Pointer ROOT = new Pointer("");

  private final String text;
  private transient @Nullable Hash
      key; // computed on first use; a race computes the same value twice

  private Pointer(String text) {
    this.text = text;
  }

  /** Reads a JSON Pointer; refuses one that is malformed, too long or too deep. */
  public static Pointer parse(String text) {
    if (text.isEmpty()) {
      return ROOT;
    }
    if (text.charAt(0) != '/') {
      throw new IllegalArgumentException("a pointer is empty or begins with /, got " + text);
    }
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '/') {
        depth++;
      } else if (c == '~' && !isEscape(text, i)) {
        throw new IllegalArgumentException(
            "~ stands only in ~0 and ~1 in a pointer (RFC 6901 §3), character " + i);
      }
    }
    if (depth > MAX_DEPTH) {
      throw new IllegalArgumentException(
          "a path has at most " + MAX_DEPTH + " segments, got " + depth);
    }
    if (Json.hasLoneSurrogate(text)) {
      throw new IllegalArgumentException("a path holds no lone surrogates");
    }
    if (text.length() > MAX_BYTES / 3) { // a character has at most 3 bytes, a pair of them 4
      int bytes = text.getBytes(StandardCharsets.UTF_8).length;
      if (bytes > MAX_BYTES) {
        throw new IllegalArgumentException(
            "a path has at most " + MAX_BYTES + " bytes, got " + bytes);
      }
    }
    return new Pointer(text);
  }

  /**
   * Reads a path as requests spell it: a JSON Pointer when it is empty or begins with {@code /},
   * else dotted, split at each {@code .}; an empty segment is refused.
   */
  public static Pointer parsePath(String path) {
    if (path.isEmpty() || path.charAt(0) == '/') {
      return parse(path);
    }
    StringBuilder pointer = new StringBuilder(path.length() + 8);
    int from = 0;
    while (from <= path.length()) {
      int dot = path.indexOf('.', from);
      int to = dot < 0 ? path.length() : dot;
      if (to == from) {
        throw new IllegalArgumentException(
            "empty segment at character "
                + from
                + " of the dotted path; a key that is empty or holds a dot needs a pointer (/…)");
      }
      pointer.append('/');
      escape(path, from, to, pointer);
      from = to + 1;
    }
    return parse(pointer.toString());
  }

  private static boolean isEscape(String text, int tilde) {
    if (tilde + 1 >= text.length()) {
      return false;
    }
    char next = text.charAt(tilde + 1);
    return next == '0' || next == '1';
  }

  private static void escape(String segment, int from, int to, StringBuilder out) {
    for (int i = from; i < to; i++) {
      char c = segment.charAt(i);
      switch (c) {
        case '~' -> out.append("~0");
        case '/' -> out.append("~1");
        default -> out.append(c);
      }
    }
  }

  /**
   * The place of member {@code name} of the object here; refuses one that gets too long or deep.
   */
  public Pointer child(String name) {
    StringBuilder pointer = new StringBuilder(text.length() + name.length() + 4);
    pointer.append(text).append('/');
    escape(name, 0, name.length(), pointer);
    return parse(pointer.toString());
  }

  /** The place of the object that holds this; refuses {@link #ROOT}, which has none. */
  public Pointer parent() {
    if (text.isEmpty()) {
      throw new IllegalStateException("the root has no parent");
    }
    return prefix(text.lastIndexOf('/'));
  }

  /** The pointer made of the first {@code length} characters; they must end at a segment. */
  private Pointer prefix(int length) {
    return length == 0 ? ROOT : new Pointer(text.substring(0, length));
  }

  /** The name of this place in its parent, unescaped. */
  public String lastSegment() {
    return unescape(text.substring(text.lastIndexOf('/') + 1));
  }

  /** The unescaped segments from the root down. */
  public List<String> segments() {
    List<String> segments = new ArrayList<>();
    int from = 1;
    while (from <= text.length()) {
      int slash = text.indexOf('/', from);
      int to = slash < 0 ? text.length() : slash;
      segments.add(unescape(text.substring(from, to)));
      from = to + 1;
    }
    return List.copyOf(segments);
  }

  /** All places strictly above this one, from the root down. */
  public List<Pointer> ancestors() {
    List<Pointer> above = new ArrayList<>();
    for (int slash = text.indexOf('/'); slash >= 0; slash = text.indexOf('/', slash + 1)) {
      above.add(prefix(slash));
    }
    return above;
  }

  private static String unescape(String segment) {
    return segment.indexOf('~') < 0 ? segment : segment.replace("~1", "/").replace("~0", "~");
  }

  /** Number of segments. */
  public int depth() {
    int depth = 0;
    for (int i = 0; i < text.length(); i++) {
      if (text.charAt(i) == '/') {
        depth++;
      }
    }
    return depth;
  }

  /** Whether {@code other} lies strictly below this place. */
  public boolean isAbove(Pointer other) {
    return other.text.length() > text.length()
        && other.text.charAt(text.length()) == '/'
        && other.text.startsWith(text);
  }

  /**
   * Where the places below this one begin in an ordered map: all of them are at or after it, and
   * come before any other place there. It may be longer than a pointer may be.
   */
  Pointer beforeAllBelow() {
    return new Pointer(text + '/');
  }

  /** Whether the two are the same place or one lies above the other. */
  public boolean overlaps(Pointer other) {
    return text.equals(other.text) || isAbove(other) || other.isAbove(this);
  }

  /** The key of this place in the state trie: SHA-256 of the pointer's UTF-8 (FORMATS §3). */
  public Hash key() {
    Hash known = key;
    if (known == null) {
      known = Hash.sha256(text);
      key = known;
    }
    return known;
  }

  /** Compares by UTF-16 code units, as JCS sorts (RFC 8785 §3.2.3). */
  @Override
  public int compareTo(Pointer other) {
    return text.compareTo(other.text);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof Pointer pointer && text.equals(pointer.text);
  }

  @Override
  public int hashCode() {
    return text.hashCode();
  }

  /** The JSON Pointer itself. */
  @Override
  public String toString() {
    return text;
  }
}
