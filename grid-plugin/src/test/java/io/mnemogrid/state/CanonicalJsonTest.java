package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Canonical JSON: the vectors, the samples of RFC 8785, and what FORMATS §1 refuses. */
class CanonicalJsonTest {
  static List<JsonNode> values() {
    return Vectors.items(Vectors.read("canonical"));
  }

  @ParameterizedTest
  @MethodSource("values")
  void writesEveryVector(JsonNode vector) {
    String canonical = vector.get("canonical").asText();
    assertThat(Json.parse(Vectors.text(vector.get("value"))).canonical()).isEqualTo(canonical);
    assertThat(Json.parse(canonical).canonical()).isEqualTo(canonical);
    assertThat(Json.parseCanonical(canonical)).isEqualTo(Json.parse(canonical));
    assertThat(Json.parse(canonical.getBytes(StandardCharsets.UTF_8)).canonical())
        .isEqualTo(canonical);
  }

  static List<JsonNode> acceptedNumbers() {
    return Vectors.items(Vectors.read("numbers").get("accepted"));
  }

  @ParameterizedTest
  @MethodSource("acceptedNumbers")
  void takesTheNumbersOfTheVectors(JsonNode vector) {
    assertThat(Json.parse(vector.get("text").asText()).canonical())
        .isEqualTo(vector.get("canonical").asText());
  }

  static List<JsonNode> refusedNumbers() {
    return Vectors.items(Vectors.read("numbers").get("refused"));
  }

  @ParameterizedTest
  @MethodSource("refusedNumbers")
  void refusesTheNumbersOfTheVectors(JsonNode vector) {
    JsonException refusal =
        catchThrowableOfType(JsonException.class, () -> Json.parse(vector.get("text").asText()));
    assertThat(refusal).as(vector.toString()).isNotNull();
    assertThat(refusal.pointer()).isEqualTo("/a");
  }

  /** RFC 8785, appendix B. */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000, 0",
    "8000000000000000, 0",
    "0000000000000001, 5e-324",
    "8000000000000001, -5e-324",
    "7fefffffffffffff, 1.7976931348623157e+308",
    "ffefffffffffffff, -1.7976931348623157e+308",
    "4340000000000000, 9007199254740992",
    "c340000000000000, -9007199254740992",
    "4430000000000000, 295147905179352830000",
    "44b52d02c7e14af5, 9.999999999999997e+22",
    "44b52d02c7e14af6, 1e+23",
    "44b52d02c7e14af7, 1.0000000000000001e+23",
    "444b1ae4d6e2ef4e, 999999999999999700000",
    "444b1ae4d6e2ef4f, 999999999999999900000",
    "444b1ae4d6e2ef50, 1e+21",
    "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d, 0.000001",
    "41b3de4355555553, 333333333.3333332",
    "41b3de4355555554, 333333333.33333325",
    "41b3de4355555555, 333333333.3333333",
    "41b3de4355555556, 333333333.3333334",
    "41b3de4355555557, 333333333.33333343",
    "becbf647612f3696, -0.0000033333333333333333",
    "43143ff3c1cb0959, 1424953923781206.2"
  })
  void writesNumbersAsEcmaScript(String bits, String text) {
    double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));
    assertThat(new Json.Num(value).canonical()).isEqualTo(text);
    assertThat(Json.parseCanonical(text)).isEqualTo(new Json.Num(value));
  }

  @ParameterizedTest
  @CsvSource({
    "333333333.33333329, 333333333.3333333",
    "4.50, 4.5",
    "2e-3, 0.002",
    "0.000000000000000000000000001, 1e-27",
    "-0, 0",
    "-0.0, 0",
    "0e999, 0",
    "5e-324, 5e-324",
    "4.9e-324, 5e-324",
    "1e-7, 1e-7",
    "1E-6, 0.000001",
    "1e21, 1e+21",
    "1E22, 1e+22",
    "100e18, 100000000000000000000",
    "1.0, 1",
    "10.00e0, 10",
    "9007199254740992, 9007199254740992",
    "9007199254740992.0, 9007199254740992",
    "9007199254740994, 9007199254740994",
    "-9007199254740991, -9007199254740991",
    "999999999999999, 999999999999999",
    "0.1, 0.1",
    "123456.789, 123456.789",
    "1152921504606846976, 1152921504606847000",
    "1152921504606847000, 1152921504606847000",
    "-1152921504606847000.0, -1152921504606847000",
    "115292150460684700e1, 1152921504606847000",
    "1E30, 1e+30",
    "1e23, 1e+23"
  })
  void readsNumbers(String literal, String canonical) {
    assertThat(Json.parse(literal).canonical()).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "9007199254740993",
        "-9007199254740993",
        "9007199254740993.0",
        "9.007199254740993e15",
        "90071992547409930e-1",
        "12345678901234567891",
        "1152921504606847001", // neither the double nor the way in which it is shown
        "1152921504606846999",
        "1152921504606847000.5e1",
        "1e309",
        "-1e309",
        "1e-400",
        "2e-324",
        "01",
        "+1",
        ".5",
        "1.",
        "NaN",
        "Infinity",
        "0x10"
      })
  void refusesNumbersThatADoubleCannotSay(String literal) {
    JsonException refusal =
        catchThrowableOfType(JsonException.class, () -> Json.parse("{\"a\":[0," + literal + "]}"));
    assertThat(refusal).as(literal).isNotNull();
    if (refusal.detail().contains("send it as a string")) {
      assertThat(refusal.pointer()).isEqualTo("/a/1");
    }
  }

  @Test
  void readsBackEveryNumberThatItWrites() {
    for (int exponent = 50; exponent < 1024; exponent++) {
      for (long bits : new long[] {0, 1, 0xfffffffffffffL, 0x8000000000000L}) {
        Json value = new Json.Num(Double.longBitsToDouble((exponent + 1023L) << 52 | bits));
        assertThat(Json.parseCanonical(value.canonical())).isEqualTo(value);
        assertThat(Json.parse(value.canonical())).isEqualTo(value);
      }
    }
  }

  @Test
  void refusesWhatIsNoJsonNumberInsideJava() {
    assertThatThrownBy(() -> new Json.Num(Double.NaN)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Json.Num(Double.NEGATIVE_INFINITY))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Json.of((1L << 53) + 1)).isInstanceOf(IllegalArgumentException.class);
    assertThat(Json.of(1L << 53).canonical()).isEqualTo("9007199254740992");
  }

  /** RFC 8785 §3.2.3: by UTF-16 code units, so U+1F600 (d83d de00) stands before U+FB33. */
  @Test
  void sortsMembersByUtf16() {
    String sent =
        """
        {"\\u20ac":"Euro Sign","\\r":"Carriage Return","\\ufb33":"Hebrew Letter Dalet With Dagesh",\
        "1":"One","\\ud83d\\ude00":"Emoji: Grinning Face","\\u0080":"Control",\
        "\\u00f6":"Latin Small Letter O With Diaeresis"}\
        """;
    assertThat(Json.parse(sent).canonical())
        .isEqualTo(
            "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\u0080\":\"Control\","
                + "\"\u00f6\":\"Latin Small Letter O With Diaeresis\",\"\u20ac\":\"Euro Sign\","
                + "\"\ud83d\ude00\":\"Emoji: Grinning Face\","
                + "\"\ufb33\":\"Hebrew Letter Dalet With Dagesh\"}");
  }

  /** RFC 8785 §3.2.2.2. */
  @Test
  void escapesNoMoreThanItMust() {
    assertThat(
            Json.parse("\"\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\"").canonical())
        .isEqualTo("\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
    assertThat(Json.parse("\"\\b\\t\\n\\f\\r\\u0000\\u001F\\u007f\\u2028\"").canonical())
        .isEqualTo("\"\\b\\t\\n\\f\\r\\u0000\\u001f\u007f\u2028\"");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"a\":1,\"a\":2} | /a",
        "{\"o\":{\"x\":[{\"y\":1,\"y\":1}]}} | /o/x/0/y",
        "{\"a\":\"\\ud800\"} | /a",
        "{\"a\":\"\\udc00\\ud800\"} | /a",
        "{\"a/b\":{\"c~d\":[1,2,1e999]}} | /a~1b/c~0d/2"
      })
  void namesTheOffender(String text, String pointer) {
    assertThat(catchThrowableOfType(JsonException.class, () -> Json.parse(text)).pointer())
        .isEqualTo(pointer);
  }

  @Test
  void refusesWhatIsNotUtf8() {
    assertThatThrownBy(() -> Json.parse(new byte[] {'"', (byte) 0xc3, '"'}))
        .isInstanceOf(JsonException.class);
    assertThatThrownBy(
            () -> Json.parse(new byte[] {'"', (byte) 0xed, (byte) 0xa0, (byte) 0x80, '"'}))
        .isInstanceOf(JsonException.class);
    assertThatThrownBy(
            () -> Json.parse(new byte[] {(byte) 0xef, (byte) 0xbb, (byte) 0xbf, '{', '}'}))
        .isInstanceOf(JsonException.class);
  }

  @Test
  void refusesNestingThatCouldOverflowAStack() {
    assertThat(Json.parse("[".repeat(64) + "]".repeat(64)).nesting()).isEqualTo(64);
    assertThatThrownBy(() -> Json.parse("[".repeat(65) + "]".repeat(65)))
        .isInstanceOf(JsonException.class);
    assertThatThrownBy(() -> Json.parse("[".repeat(100_000))).isInstanceOf(JsonException.class);
  }

  @ParameterizedTest
  @ValueSource(strings = {" 1", "{\"b\":1,\"a\":2}", "1.0", "[1, 2]", "\"\\u0041\"", "-0", "{}\n"})
  void parsesAsCanonicalOnlyWhatIs(String text) {
    assertThat(Json.parse(text)).isNotNull();
    assertThatThrownBy(() -> Json.parseCanonical(text)).isInstanceOf(JsonException.class);
  }

  @Test
  void isImmutable() {
    assertThatThrownBy(() -> Json.parseObject("{\"a\":1}").members().put("b", Json.NULL))
        .isInstanceOf(UnsupportedOperationException.class);
    Json.Obj object = Json.parseObject("{\"a\":1}");
    assertThat(object.with("b", Json.TRUE).canonical()).isEqualTo("{\"a\":1,\"b\":true}");
    assertThat(object.canonical()).isEqualTo("{\"a\":1}");
  }

  private static void refuses(String text, String pointer, String detail) {
    assertThatThrownBy(() -> Json.parse(text))
        .isInstanceOfSatisfying(
            JsonException.class,
            e -> {
              assertThat(e.pointer()).isEqualTo(pointer);
              assertThat(e.detail()).contains(detail).doesNotContain("StreamRead");
            });
  }

  /** In our own words, which name the bound, not in those of the parser below. */
  @Test
  void pointsToWhatIsBeyondABound() {
    String deep = "/0".repeat(62);
    refuses("{\"a\":" + "[".repeat(64) + "]".repeat(64) + "}", "/a" + deep + "/0", "more than 64");
    refuses("{\"b\":[1," + "7".repeat(1001) + "]}", "/b/1", "1000 characters");
    refuses("{\"b\":[1,0." + "7".repeat(1000) + "]}", "/b/1", "1000 characters");
    refuses("{\"c\":{\"d\":\"" + "x".repeat((4 << 20) + 1) + "\"}}", "/c/d", "4194304");
    refuses("{\"e\":{\"f\":1,\"" + "x".repeat(2049) + "\":1}}", "/e", "2048");
    refuses("{\"" + "x".repeat(2049) + "\":1}", "", "2048");
    assertThat(Json.parse("0." + "7".repeat(998))).isInstanceOf(Json.Num.class);
  }
}
