package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON is read and written as FORMATS §1 says. */
class JsonTest {
  @Test
  void writesCanonicalJson() {
    List<Shape> vectors = Vectors.read("canonical.json").items();
    for (Shape vector : vectors) {
      String canonical = vector.member("canonical").string();
      assertThat(vector.member("value").value().canonical()).isEqualTo(canonical);
      assertThat(Json.parseCanonical(canonical)).isEqualTo(vector.member("value").value());
    }
    assertThat(vectors).hasSizeGreaterThan(50);
  }

  @Test
  void refusesWhatIsNoDocument() {
    List<Shape> vectors = Vectors.read("refused.json").items();
    for (Shape vector : vectors) {
      String text = vector.member("text").string();
      assertThatThrownBy(
              () -> Shape.of(new JsonText(text, Pointers.MAX_DEPTH).read()).object(),
              vector.member("why").string())
          .isInstanceOf(JsonException.class);
    }
    assertThat(vectors).hasSize(16);
  }

  @Test
  void takesANumberThatIsExactOrAsItIsShown() {
    Shape vectors = Vectors.read("numbers.json");
    for (Shape vector : vectors.member("accepted").items()) {
      assertThat(Json.parse(vector.member("text").string()).canonical())
          .isEqualTo(vector.member("canonical").string());
    }
    for (Shape vector : vectors.member("refused").items()) {
      assertThatThrownBy(() -> Json.parse(vector.member("text").string()))
          .isInstanceOf(JsonException.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "5e-324, 5e-324",
    "1.7976931348623157e308, 1.7976931348623157e+308",
    "9007199254740992, 9007199254740992",
    "2e-44, 2e-44",
    "9.5367431640625e-7, 9.5367431640625e-7",
    "0.000001, 0.000001",
    "1e21, 1e+21",
    "1e20, 100000000000000000000",
    "2.2250738585072014e-308, 2.2250738585072014e-308",
    "-0.0, 0",
    "2.0e-3, 0.002",
    "1.1920928955078125e-7, 1.1920928955078125e-7",
    "4.4501477170144028e-308, 4.450147717014403e-308",
    "4.4501477170144023e-308, 4.4501477170144023e-308"
  })
  void writesTheShortestNumber(double value, String text) {
    assertThat(Numbers.text(value)).isEqualTo(text);
  }

  @Test
  void writesNumbersThatReadAsTheSame() {
    Random random = new Random(17);
    for (int i = 0; i < 20_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        BigDecimal written = new BigDecimal(Numbers.text(value));
        assertThat(written.doubleValue()).isEqualTo(value);
        if (Runtime.version().feature() >= 19) { // before, it was not always the shortest
          assertThat(written).isEqualByComparingTo(Double.toString(value));
        }
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\":1,}",
        "01",
        "+1",
        ".5",
        "1.",
        "nul",
        "\"\\x\"",
        "\"\\u00G0\"",
        "\"\t\"",
        "1 2",
        "\uFEFF1",
        "\"\\ud800\"",
        "NaN",
        "\"\\u٠٠٠٠\""
      })
  void refusesWhatIsNoJson(String text) {
    assertThatThrownBy(() -> Json.parse(text)).isInstanceOf(JsonException.class);
  }

  @Test
  void refusesBytesThatAreNoUtf8() {
    assertThatThrownBy(() -> Json.parse("\"é\"".getBytes(StandardCharsets.ISO_8859_1)))
        .isInstanceOf(JsonException.class);
  }

  @Test
  void refusesMoreNestingThanARecordHas() {
    Json.parse("[".repeat(64) + "]".repeat(64));
    assertThatThrownBy(() -> Json.parse("[".repeat(65) + "]".repeat(65)))
        .isInstanceOf(JsonException.class);
  }

  @Test
  void namesThePlaceOfAnOffender() {
    assertThatThrownBy(() -> Json.parse("{\"a/b\":[1,{\"c\":1,\"c\":2}]}"))
        .isInstanceOfSatisfying(
            JsonException.class, e -> assertThat(e.pointer()).isEqualTo("/a~1b/1/c"));
  }

  @Test
  void isMadeOfPlainObjectsAndGivesThem() {
    Json json = Json.of(Map.of("list", List.of(1, 2.5, "x", true), "object", Map.of()));
    assertThat(json.canonical()).isEqualTo("{\"list\":[1,2.5,\"x\",true],\"object\":{}}");
    assertThat(json.plain())
        .isEqualTo(Map.of("list", List.of(1L, 2.5, "x", true), "object", Map.of()));
    assertThat(json.find("/list/2")).contains(Json.of("x"));
    assertThat(json.find("/list/4")).isEmpty();
    assertThat(Json.of(0.1f).canonical()).isEqualTo("0.1");
  }

  @Test
  void refusesNumbersThatADoubleDoesNotHold() {
    assertThatIllegalArgumentException().isThrownBy(() -> Json.of(9007199254740993L));
    assertThatIllegalArgumentException().isThrownBy(() -> Json.of(Double.NaN));
    assertThat(Json.of(1L << 60).canonical()).isEqualTo("1152921504606847000");
  }
}
