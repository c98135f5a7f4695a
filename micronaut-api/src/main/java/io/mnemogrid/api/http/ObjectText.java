package io.mnemogrid.api.http;

import io.mnemogrid.state.Json;
import java.nio.charset.StandardCharsets;

/**
 * An object in canonical JSON, written member by member around parts that are canonical text
 * already, such as records of the log. Names come in sorted order. Used by one thread.
 */
public final class ObjectText {
  private final StringBuilder out = new StringBuilder(512).append('{');
  private String last = "";

  /** Writes a member; refuses one out of order, for the text would not be canonical. */
  public ObjectText member(String name, String canonical) {
    begin(name);
    out.append(canonical);
    return this;
  }

  private void begin(String name) {
    if (name.compareTo(last) <= 0) {
      throw new IllegalArgumentException(name + " comes before " + last);
    }
    out.append(last.isEmpty() ? "\"" : ",\"").append(name).append("\":");
    last = name;
  }

  /**
   * Writes a member with a text of ASCII that needs no escape, as hashes and names of spaces are,
   * which is not checked; else as {@link #member(String, String)}.
   */
  public ObjectText plain(String name, String text) {
    begin(name);
    out.append('"').append(text).append('"');
    return this;
  }

  /** Writes a member with that value, as {@link #member(String, String)}. */
  public ObjectText member(String name, Json value) {
    return member(name, value.canonical());
  }

  /**
   * Writes a member with that number, as {@link #member(String, String)}. Beyond 2^53 it would not
   * be canonical, which is not checked.
   */
  public ObjectText member(String name, long number) {
    begin(name);
    out.append(number);
    return this;
  }

  @Override
  public String toString() {
    return out + "}";
  }

  /** What was written, as an object, in UTF-8. */
  public byte[] toBytes() {
    return toString().getBytes(StandardCharsets.UTF_8);
  }
}
