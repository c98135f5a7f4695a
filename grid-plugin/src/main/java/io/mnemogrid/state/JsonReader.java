package io.mnemogrid.state;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.exc.StreamConstraintsException;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;

/**
 * Reads I-JSON with Jackson's streaming parser. What a double or a UTF-8 text cannot hold exactly
 * is refused, and the refusal names its pointer (FORMATS §1).
 */
final class JsonReader {
  /** Room for a request's own members around a document of depth {@link Pointer#MAX_DEPTH}. */
  static final int MAX_NESTING = 64;

  private static final int MAX_STRING_LENGTH = 4 << 20;
  private static final int MAX_NUMBER_LENGTH = 1000;
  private static final int MAX_NAME_LENGTH = 2048;
  private static final long EXACT = 1L << 53;
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  // This class checks the other bounds itself, so that a refusal can name the
                  // pointer.
                  .maxNestingDepth(MAX_NESTING + 1)
                  .maxStringLength(Integer.MAX_VALUE)
                  .maxNumberLength(Integer.MAX_VALUE)
                  .maxNameLength(MAX_NAME_LENGTH)
                  .build())
          .build();

  private final JsonParser parser;

  private JsonReader(JsonParser parser) {
    this.parser = parser;
  }

  static String decode(byte[] utf8) {
    if (isAscii(utf8)) {
      return new String(utf8, StandardCharsets.ISO_8859_1); // one copy; most requests are ASCII
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .onMalformedInput(CodingErrorAction.REPORT)
          .onUnmappableCharacter(CodingErrorAction.REPORT)
          .decode(ByteBuffer.wrap(utf8))
          .toString();
    } catch (CharacterCodingException e) {
      throw new JsonException("", "the text is not UTF-8");
    }
  }

  private static boolean isAscii(byte[] text) {
    int all = 0;
    for (byte one : text) {
      all |= one;
    }
    return all >= 0;
  }

  static Json read(String text) {
    if (text.startsWith("\uFEFF")) {
      throw new JsonException("", "a byte order mark is no JSON; leave it out");
    }
    try (JsonParser parser = FACTORY.createParser(text)) {
      JsonToken first = parser.nextToken();
      if (first == null) {
        throw new JsonException("", "the text is empty");
      }
      Json value = new JsonReader(parser).value(first);
      if (parser.nextToken() != null) {
        throw new JsonException("", "something follows the JSON text");
      }
      return value;
    } catch (JsonProcessingException e) {
      throw new JsonException(
          "",
          "no JSON at line %d, column %d"
              .formatted(e.getLocation().getLineNr(), e.getLocation().getColumnNr()));
    } catch (IOException e) {
      throw new IllegalStateException("a text in memory cannot fail to be read", e);
    }
  }

  private JsonToken next() throws IOException {
    try {
      return parser.nextToken();
    } catch (StreamConstraintsException e) {
      JsonStreamContext around = parser.getParsingContext().getParent();
      throw new JsonException(
          around == null ? "" : around.pathAsPointer().toString(),
          "a name of more than " + MAX_NAME_LENGTH + " characters");
    }
  }

  private Json value(JsonToken token) throws IOException {
    if (parser.getParsingContext().getNestingDepth() > MAX_NESTING) {
      throw offender("more than " + MAX_NESTING + " objects and arrays in each other");
    }
    return switch (token) {
      case START_OBJECT -> object();
      case START_ARRAY -> array();
      case VALUE_STRING -> string(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText());
      case VALUE_TRUE -> Json.TRUE;
      case VALUE_FALSE -> Json.FALSE;
      case VALUE_NULL -> Json.NULL;
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("no value begins with " + token);
    };
  }

  private Json object() throws IOException {
    String[] names = new String[8];
    Json[] values = new Json[8];
    int count = 0;
    Set<String> unsorted = null; // made when the first name is out of order
    for (JsonToken token = next(); token != JsonToken.END_OBJECT; token = next()) {
      if (count == names.length) {
        names = Arrays.copyOf(names, count * 2);
        values = Arrays.copyOf(values, count * 2);
      }
      String name = checked(parser.currentName());
      names[count] = name;
      if (unsorted == null && count > 0 && names[count - 1].compareTo(name) >= 0) {
        unsorted = new HashSet<>(Arrays.asList(names).subList(0, count));
      }
      if (unsorted != null && !unsorted.add(name)) {
        throw offender("duplicate key");
      }
      values[count++] = value(next());
    }
    if (count == 0) {
      return Json.EMPTY_OBJECT;
    }
    return unsorted == null
        ? new Json.Obj(Members.ofSorted(Arrays.copyOf(names, count), Arrays.copyOf(values, count)))
        : new Json.Obj(sorted(names, values, count));
  }

  private static TreeMap<String, Json> sorted(String[] names, Json[] values, int count) {
    TreeMap<String, Json> members = new TreeMap<>();
    for (int i = 0; i < count; i++) {
      members.put(names[i], values[i]);
    }
    return members;
  }

  private Json array() throws IOException {
    List<Json> items = new ArrayList<>();
    for (JsonToken token = next(); token != JsonToken.END_ARRAY; token = next()) {
      items.add(value(token));
    }
    return new Json.Arr(items);
  }

  private Json.Str string(String text) {
    if (text.length() > MAX_STRING_LENGTH) {
      throw offender("a string of more than " + MAX_STRING_LENGTH + " characters");
    }
    try {
      return new Json.Str(text);
    } catch (IllegalArgumentException e) {
      throw offender("a lone surrogate");
    }
  }

  private String checked(String text) {
    if (Json.hasLoneSurrogate(text)) {
      throw offender("a lone surrogate");
    }
    return text;
  }

  private Json.Num number(String literal) {
    if (literal.length() > MAX_NUMBER_LENGTH) {
      throw offender(
          "a number of more than " + MAX_NUMBER_LENGTH + " characters; send it as a string");
    }
    if (literal.length() <= 15 && isPlainInteger(literal)) {
      return new Json.Num(Long.parseLong(literal));
    }
    double value = Double.parseDouble(literal);
    if (Double.isInfinite(value)) {
      throw offender("a number that overflows a double; send it as a string");
    }
    if (value == 0) {
      if (hasNonZeroDigit(literal)) {
        throw offender("a number that rounds to 0; send it as a string");
      }
      return new Json.Num(0);
    }
    Json.Num number = new Json.Num(value);
    if (Math.abs(value) >= EXACT || Math.rint(value) == value) {
      BigDecimal sent = new BigDecimal(literal);
      boolean whole = sent.stripTrailingZeros().scale() <= 0;
      if (whole && new BigDecimal(value).compareTo(sent) != 0 && !isShownAs(sent, number)) {
        throw offender("a whole number that a double does not hold exactly; send it as a string");
      }
    }
    return number;
  }

  /**
   * Whether {@code sent} is how {@code number} is written, so that what we showed can be sent back.
   * 2^60, for example, is written 1152921504606847000, which is not exactly a double.
   */
  private static boolean isShownAs(BigDecimal sent, Json.Num number) {
    return new BigDecimal(number.canonical()).compareTo(sent) == 0;
  }

  private static boolean isPlainInteger(String literal) {
    for (int i = literal.charAt(0) == '-' ? 1 : 0; i < literal.length(); i++) {
      if (literal.charAt(i) < '0' || literal.charAt(i) > '9') {
        return false;
      }
    }
    return true;
  }

  private static boolean hasNonZeroDigit(String literal) {
    for (int i = 0; i < literal.length(); i++) {
      char c = literal.charAt(i);
      if (c == 'e' || c == 'E') {
        return false;
      }
      if (c >= '1' && c <= '9') {
        return true;
      }
    }
    return false;
  }

  private JsonException offender(String detail) {
    return new JsonException(parser.getParsingContext().pathAsPointer().toString(), detail);
  }
}
