package io.mnemogrid.api.events;

import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.SpaceName;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Where a client stands in many spaces: of each its version and the digits of its leaf hash. A
 * space that is not named stands before its first version, so one that is made later begins there.
 *
 * <p>Its text is the id of an event. It is {@code m1.} and base64url without padding of: the number
 * of spaces; and of each, in the order of the names, how many bytes its name shares with the one
 * before it, how many follow, these bytes, the version, and the eight bytes of the digits. Numbers
 * are in groups of seven bits, the least first, the last one without its highest bit (LEB128). A
 * text that was cut off is none.
 *
 * <p>Not for several threads.
 */
final class Places {
  /** Most spaces of one client. */
  static final int MOST = 256;

  /** Most characters of a text: a header of 8 KiB has room for it, as many proxies want it. */
  static final int MOST_CHARACTERS = 6000;

  /**
   * Most characters of a text that is read. The event that makes an id too long is the last of its
   * stream, and has one place more.
   */
  private static final int MOST_READ = MOST_CHARACTERS + 200;

  private static final String BEGIN = "m1.";
  private static final int DIGIT_BYTES = 8;
  private static final long MOST_VERSION = 9_999_999_999_999_999L; // as a HeadTag has it

  /** Where it stands in one space, and how the text says that. */
  private static final class Place {
    final HeadTag tag;
    final byte[] name; // as it is written, behind what it shares
    final byte[] bytes; // the name and all the rest

    Place(HeadTag tag, byte[] name, byte[] bytes) {
      this.tag = tag;
      this.name = name;
      this.bytes = bytes;
    }
  }

  private final NavigableMap<SpaceName, Place> all = new TreeMap<>();
  private int size; // bytes of all entries

  /** Places of no space: before the first version of all. */
  Places() {}

  /** The spaces that are named. */
  Set<SpaceName> spaces() {
    return all.keySet();
  }

  /** Where it stands in a space. */
  HeadTag at(SpaceName space) {
    Place place = all.get(space);
    return place == null ? Frames.BEFORE_ALL : place.tag;
  }

  /** Stands there from now on; at version 0 the space is no longer named. */
  void set(SpaceName space, HeadTag tag) {
    Place before = tag.version() == 0 ? all.remove(space) : all.get(space);
    if (before != null) {
      size -= before.bytes.length;
    }
    if (tag.version() > 0) {
      Place place =
          before == null ? entry(space, all.lowerKey(space), tag) : entry(before.name, tag);
      all.put(space, place);
      size += place.bytes.length;
    }
    if (before == null != (tag.version() == 0)) {
      nextOf(space); // the one behind it has another neighbour now
    }
  }

  private void nextOf(SpaceName space) {
    Map.Entry<SpaceName, Place> next = all.higherEntry(space);
    if (next != null) {
      Place written = entry(next.getKey(), all.lowerKey(next.getKey()), next.getValue().tag);
      size += written.bytes.length - next.getValue().bytes.length;
      all.put(next.getKey(), written);
    }
  }

  private static Place entry(SpaceName space, @Nullable SpaceName before, HeadTag tag) {
    byte[] name = space.text().getBytes(StandardCharsets.US_ASCII);
    byte[] last = before == null ? new byte[0] : before.text().getBytes(StandardCharsets.US_ASCII);
    int shared = 0;
    while (shared < Math.min(name.length, last.length) && name[shared] == last[shared]) {
      shared++;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(2 + name.length - shared);
    number(out, shared);
    number(out, name.length - shared);
    out.write(name, shared, name.length - shared);
    return entry(out.toByteArray(), tag);
  }

  private static Place entry(byte[] name, HeadTag tag) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(name.length + 8 + DIGIT_BYTES);
    out.writeBytes(name);
    number(out, tag.version());
    out.writeBytes(HexFormat.of().parseHex(tag.digits()));
    return new Place(tag, name, out.toByteArray());
  }

  private static void number(ByteArrayOutputStream out, long number) {
    long left = number;
    while (left > 0x7f) {
      out.write((int) (left & 0x7f) | 0x80);
      left >>>= 7;
    }
    out.write((int) left);
  }

  /** About how many characters the text has. */
  int characters() {
    return BEGIN.length() + (size + 2 + 2) / 3 * 4;
  }

  /** As an id has it; O(spaces). */
  String text() {
    ByteArrayOutputStream out = new ByteArrayOutputStream(size + 2);
    number(out, all.size());
    all.values().forEach(place -> out.writeBytes(place.bytes));
    return BEGIN + Base64.getUrlEncoder().withoutPadding().encodeToString(out.toByteArray());
  }

  /**
   * What a text says.
   *
   * @throws IllegalArgumentException when it is none of ours
   */
  static Places parse(String text) {
    if (!text.startsWith(BEGIN) || text.length() > MOST_READ) {
      throw none();
    }
    Places places = new Places();
    Reader in = new Reader(bytes(text.substring(BEGIN.length())));
    long count = in.number(MOST);
    byte[] last = new byte[0];
    SpaceName before = null;
    for (long i = 0; i < count; i++) {
      int shared = (int) in.number(last.length);
      byte[] name = new byte[shared + (int) in.number(64 - (long) shared)];
      System.arraycopy(last, 0, name, 0, shared);
      in.bytes(name, shared);
      SpaceName space = SpaceName.of(new String(name, StandardCharsets.US_ASCII));
      if (before != null && space.compareTo(before) <= 0) {
        throw none();
      }
      long version = in.number(MOST_VERSION);
      byte[] digits = new byte[DIGIT_BYTES];
      in.bytes(digits, 0);
      if (version == 0) {
        throw none();
      }
      places.set(space, new HeadTag(version, HexFormat.of().formatHex(digits)));
      before = space;
      last = name;
    }
    if (in.left() > 0 || !places.text().equals(text)) {
      throw none(); // there is one text for the same places
    }
    return places;
  }

  private static byte[] bytes(String base64) {
    try {
      return Base64.getUrlDecoder().decode(base64);
    } catch (IllegalArgumentException e) {
      throw none();
    }
  }

  private static IllegalArgumentException none() {
    return new IllegalArgumentException(
        "is 0, or the id of an event of such a stream, whole and unchanged");
  }

  /** Reads bytes once. */
  private static final class Reader {
    private final byte[] bytes;
    private int at;

    Reader(byte[] bytes) {
      this.bytes = bytes;
    }

    int left() {
      return bytes.length - at;
    }

    /** A number from 0 to {@code most}. */
    long number(long most) {
      long number = 0;
      for (int shift = 0; shift < 63; shift += 7) {
        if (left() == 0) {
          throw none();
        }
        byte next = bytes[at++];
        number |= (long) (next & 0x7f) << shift;
        if (next >= 0) {
          if (number > most) {
            throw none();
          }
          return number;
        }
      }
      throw none();
    }

    void bytes(byte[] into, int from) {
      if (left() < into.length - from) {
        throw none();
      }
      System.arraycopy(bytes, at, into, from, into.length - from);
      at += into.length - from;
    }
  }
}
