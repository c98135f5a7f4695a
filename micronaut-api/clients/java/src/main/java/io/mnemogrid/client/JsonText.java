package io.mnemogrid.client;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One reading of one JSON text, with the refusals of FORMATS §1; and the writing of values. */
final class JsonText {
  /** Nesting of a bundle or a record: that of a value, and room for what stands around it. */
  static final int MAX_DEPTH = 64;

  private static final Pattern NUMBER =
      Pattern.compile("-?(?:0|[1-9][0-9]*+)(?:\\.[0-9]++)?(?:[eE][+-]?[0-9]++)?");

  /** Characters of a number; a longer one is no double that somebody wrote. */
  private static final int MAX_NUMBER = 1100;

  private static final int HEX = 16;
  private static final String HEX_DIGITS = "0123456789abcdef";

  private final String text;
  private final int maxDepth;
  private int at;
  private int depth;
  private String pointer = "";

  JsonText(String text, int maxDepth) {
    this.text = text;
    this.maxDepth = maxDepth;
  }

  Json read() {
    if (text.startsWith("\uFEFF")) {
      throw offence("a byte order mark is no JSON");
    }
    Json value = value();
    skipBlanks();
    if (at < text.length()) {
      throw offence("something follows the JSON text");
    }
    return value;
  }

  private Json value() {
    skipBlanks();
    if (at == text.length()) {
      throw offence("the text ends too early");
    }
    return switch (text.charAt(at)) {
      case '{' -> object();
      case '[' -> array();
      case '"' -> new Json.Str(string());
      case 't' -> word("true", new Json.Bool(true));
      case 'f' -> word("false", new Json.Bool(false));
      case 'n' -> word("null", Json.Null.VALUE);
      default -> number();
    };
  }

  private void enter() {
    if (++depth > maxDepth) {
      throw offence("more than " + maxDepth + " levels of nesting");
    }
    at++;
  }

  private Json object() {
    enter();
    String above = pointer;
    SortedMap<String, Json> members = new TreeMap<>();
    if (!takes('}')) {
      do {
        skipBlanks();
        if (at == text.length() || text.charAt(at) != '"') {
          throw noJson(at);
        }
        String name = string();
        pointer = Pointers.child(above, name);
        if (members.containsKey(name)) {
          throw offence("a duplicate key");
        }
        if (!takes(':')) {
          throw noJson(at);
        }
        members.put(name, value());
        pointer = above;
      } while (takes(','));
      if (!takes('}')) {
        throw noJson(at);
      }
    }
    depth--;
    return new Json.Obj(members);
  }

  private Json array() {
    enter();
    String above = pointer;
    List<Json> items = new ArrayList<>();
    if (!takes(']')) {
      do {
        pointer = above + "/" + items.size();
        items.add(value());
        pointer = above;
      } while (takes(','));
      if (!takes(']')) {
        throw noJson(at);
      }
    }
    depth--;
    return new Json.Arr(items);
  }

  private String string() {
    at++;
    StringBuilder value = new StringBuilder();
    while (true) {
      if (at == text.length()) {
        throw offence("the text ends too early");
      }
      char c = text.charAt(at++);
      if (c == '"') {
        break;
      }
      if (c < ' ') {
        throw noJson(at - 1);
      }
      value.append(c == '\\' ? escape() : c);
    }
    String read = value.toString();
    if (hasLoneSurrogate(read)) {
      throw offence("a lone surrogate");
    }
    return read;
  }

  private char escape() {
    char c = at < text.length() ? text.charAt(at++) : ' ';
    return switch (c) {
      case '"', '\\', '/' -> c;
      case 'b' -> '\b';
      case 'f' -> '\f';
      case 'n' -> '\n';
      case 'r' -> '\r';
      case 't' -> '\t';
      case 'u' -> unicode();
      default -> throw noJson(at - 1);
    };
  }

  private char unicode() {
    int code = 0;
    for (int end = at + 4; at < end; at++) {
      // Character.digit takes the digits of other scripts too, so the bound is on ASCII.
      char c = at < text.length() ? text.charAt(at) : ' ';
      int digit = c < 128 ? Character.digit(c, HEX) : -1;
      if (digit < 0) {
        throw noJson(at);
      }
      code = code * HEX + digit;
    }
    return (char) code;
  }

  private Json number() {
    Matcher matcher = NUMBER.matcher(text).region(at, text.length());
    if (!matcher.lookingAt()) {
      throw noJson(at);
    }
    String literal = matcher.group();
    at = matcher.end();
    if (literal.length() > MAX_NUMBER) {
      throw offence("a number of more than " + MAX_NUMBER + " characters");
    }
    double value = Double.parseDouble(literal);
    if (!Double.isFinite(value)) {
      throw offence("a number that overflows a double");
    }
    if (isZero(literal)) {
      return new Json.Num(0);
    }
    if (value == 0) {
      throw offence("a number that rounds to 0");
    }
    if (!Numbers.isHeldOrShown(literal, value)) {
      throw offence("a whole number that a double does not hold exactly");
    }
    return new Json.Num(value);
  }

  private static boolean isZero(String literal) {
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c == 'e' || c == 'E') {
        return true;
      }
      if (c >= '1' && c <= '9') {
        return false;
      }
    }
    return true;
  }

  private Json word(String word, Json value) {
    if (!text.startsWith(word, at)) {
      throw noJson(at);
    }
    at += word.length();
    return value;
  }

  /** Whether {@code c} comes next, blanks aside; then it is read. */
  private boolean takes(char c) {
    skipBlanks();
    if (at == text.length() || text.charAt(at) != c) {
      return false;
    }
    at++;
    return true;
  }

  private void skipBlanks() {
    while (at < text.length() && " \t\n\r".indexOf(text.charAt(at)) >= 0) {
      at++;
    }
  }

  private JsonException noJson(int place) {
    return offence(
        place < text.length() ? "no JSON at character " + place : "the text ends too early");
  }

  private JsonException offence(String detail) {
    return new JsonException(pointer, detail);
  }

  /** The text of strict UTF-8; a byte order mark stays, and is refused later. */
  static String decode(byte[] utf8) {
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(utf8)).toString();
    } catch (CharacterCodingException e) {
      throw new JsonException("", "the text is not UTF-8");
    }
  }

  /** Whether a surrogate stands without its partner. */
  static boolean hasLoneSurrogate(String text) {
    for (int i = 0; i < text.length(); i++) {
      if (Character.isHighSurrogate(text.charAt(i))) {
        if (++i == text.length() || !Character.isLowSurrogate(text.charAt(i))) {
          return true;
        }
      } else if (Character.isLowSurrogate(text.charAt(i))) {
        return true;
      }
    }
    return false;
  }

  /** Appends the canonical text. */
  static void write(Json value, StringBuilder out) {
    if (value instanceof Json.Null) {
      out.append("null");
    } else if (value instanceof Json.Bool bool) {
      out.append(bool.value());
    } else if (value instanceof Json.Num number) {
      out.append(Numbers.text(number.value()));
    } else if (value instanceof Json.Str string) {
      quote(string.value(), out);
    } else if (value instanceof Json.Arr array) {
      char before = '[';
      for (Json item : array.items()) {
        out.append(before);
        write(item, out);
        before = ',';
      }
      out.append(before == '[' ? "[]" : "]");
    } else if (value instanceof Json.Obj object) {
      char before = '{';
      for (Map.Entry<String, Json> member : object.members().entrySet()) {
        out.append(before);
        quote(member.getKey(), out);
        out.append(':');
        write(member.getValue(), out);
        before = ',';
      }
      out.append(before == '{' ? "{}" : "}");
    }
  }

  /** Escapes exactly what RFC 8785 §3.2.2.2 escapes. */
  private static void quote(String text, StringBuilder out) {
    if (hasLoneSurrogate(text)) {
      throw new IllegalArgumentException("a string holds no lone surrogates (RFC 7493 §2.1)");
    }
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      int named = "\b\t\n\f\r\"\\".indexOf(c);
      if (named >= 0) {
        out.append('\\').append("btnfr\"\\".charAt(named));
      } else if (c < ' ') {
        out.append("\\u00").append(HEX_DIGITS.charAt(c >> 4)).append(HEX_DIGITS.charAt(c & 15));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
