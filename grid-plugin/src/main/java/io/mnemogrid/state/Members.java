package io.mnemogrid.state;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The members of an object: two arrays sorted by name, by UTF-16 code units, made once and never
 * changed. A look-up is a binary search. The form suits millions of objects with a few members
 * each.
 */
final class Members extends AbstractMap<String, Json> implements java.io.Serializable {
  private static final long serialVersionUID = 1;

  private final String[] names;
  private final Json[] values;

  private Members(String[] names, Json[] values) {
    this.names = names;
    this.values = values;
  }

  /** Takes over names that are strictly sorted and without lone surrogates, and their values. */
  static Members ofSorted(String[] names, Json[] values) {
    return new Members(names, values);
  }

  /** The members of {@code map}; refuses a name with a lone surrogate. */
  static Members copyOf(Map<String, Json> map) {
    if (map instanceof Members members) {
      return members;
    }
    Map<String, Json> sorted =
        map instanceof TreeMap<String, Json> tree && tree.comparator() == null
            ? tree
            : new TreeMap<>(map);
    String[] names = new String[sorted.size()];
    Json[] values = new Json[names.length];
    int at = 0;
    for (Map.Entry<String, Json> member : sorted.entrySet()) {
      if (Json.hasLoneSurrogate(member.getKey())) {
        throw new IllegalArgumentException("a name holds no lone surrogates (RFC 7493 §2.1)");
      }
      names[at] = member.getKey();
      values[at++] = java.util.Objects.requireNonNull(member.getValue());
    }
    return new Members(names, values);
  }

  @Override
  public @Nullable Json get(@Nullable Object name) {
    int at = name instanceof String text ? Arrays.binarySearch(names, text) : -1;
    return at < 0 ? null : values[at];
  }

  @Override
  public boolean containsKey(@Nullable Object name) {
    return get(name) != null;
  }

  @Override
  public int size() {
    return names.length;
  }

  @Override
  public Set<Map.Entry<String, Json>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public int size() {
        return names.length;
      }

      @Override
      public Iterator<Map.Entry<String, Json>> iterator() {
        return new Iterator<>() {
          private int next;

          @Override
          public boolean hasNext() {
            return next < names.length;
          }

          @Override
          public Map.Entry<String, Json> next() {
            if (next == names.length) {
              throw new NoSuchElementException();
            }
            Map.Entry<String, Json> member = Map.entry(names[next], values[next]);
            next++;
            return member;
          }
        };
      }
    };
  }

  /** Writes the members in their order, without braces. */
  void write(CanonicalText out) {
    for (int i = 0; i < names.length; i++) {
      out.ascii(i > 0 ? "," : "").string(names[i]).ascii(":").value(values[i]);
    }
  }
}
