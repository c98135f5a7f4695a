package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bundles that a member made hold, and nothing of them can be changed without being found. */
class BundlesTest {
  private static final String SPACE = "scenario-ef0c506c741840d1";

  private static String read(String name) {
    try (InputStream file = BundlesTest.class.getResourceAsStream("/bundles/" + name)) {
      return new String(file.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Hash checkpointOf(String name) {
    return read("checkpoints.txt")
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .map(line -> Hash.parse(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow();
  }

  private static Verdict verify(String name) {
    return Bundles.verify(read(name), checkpointOf(name));
  }

  private static Verdict fact(long version, String path, boolean isPresent, Object... value) {
    Optional<Json> shown = value.length == 0 ? Optional.empty() : Optional.of(Json.of(value[0]));
    return new Verdict.Holds(new Verdict.Claim.Fact(SPACE, version, path, isPresent, shown));
  }

  @Test
  void showsWhatStands() {
    assertThat(verify("fact-at-head.json")).isEqualTo(fact(14, "/facts/turns", true, 2));
    assertThat(verify("fact-earlier.json")).isEqualTo(fact(5, "/facts/hello", true, "mars"));
    assertThat(verify("fact-in-array.json")).isEqualTo(fact(5, "/facts/list/3", true, "é😀"));
    assertThat(verify("fact-object.json")).isEqualTo(fact(14, "/facts", true));
    assertThat(verify("fact-absent.json")).isEqualTo(fact(14, "/facts/nothing/below", false));
  }

  @Test
  void showsARecord() {
    assertThat(verify("update.json"))
        .isInstanceOfSatisfying(
            Verdict.Holds.class,
            holds -> {
              Update update = ((Verdict.Claim.Recorded) holds.claim()).update();
              assertThat(update.version()).isEqualTo(10);
              assertThat(update.author()).isEqualTo("bot-b");
              assertThat(((Verdict.Claim.Recorded) holds.claim()).isAuthorProven()).isFalse();
            });
    String second = read("update.json").replace("mnemogrid-bundle-1", "mnemogrid-bundle-2");
    assertThat(Bundles.verify(second, checkpointOf("update.json")))
        .isEqualTo(verify("update.json"));
  }

  @Test
  void showsThatAHistoryGrew() {
    assertThat(verify("consistency.json"))
        .isInstanceOfSatisfying(
            Verdict.Holds.class,
            holds -> assertThat(((Verdict.Claim.Extends) holds.claim()).fromSize()).isEqualTo(5));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "fact-at-head.json",
        "fact-earlier.json",
        "fact-in-array.json",
        "fact-object.json",
        "fact-absent.json",
        "update.json",
        "consistency.json"
      })
  void refusesEveryChangedHashAndRecord(String name) {
    Json bundle = Json.parse(read(name));
    Hash trusted = checkpointOf(name);
    int[] places = {0};
    for (int place = 0; place == 0 || place < places[0]; place++) {
      int spoiled = place;
      places[0] = 0;
      Json changed =
          change(
              bundle,
              text -> {
                boolean isHere = places[0]++ == spoiled;
                char last = text.charAt(text.length() - 1);
                return isHere ? text.substring(0, text.length() - 1) + flipped(last) : text;
              });
      assertThat(Bundles.verify(changed.canonical(), trusted).holds()).isFalse();
    }
    assertThat(places[0]).isGreaterThan(5);
  }

  private static char flipped(char digit) {
    return digit == '0' ? '1' : '0';
  }

  /** The bundle with each hash and record changed, but for the hints. */
  private static Json change(Json value, UnaryOperator<String> change) {
    if (value instanceof Json.Str text
        && (text.value().startsWith("0x") || text.value().startsWith("{"))) {
      return Json.of(change.apply(text.value()));
    }
    if (value instanceof Json.Arr array) {
      return new Json.Arr(array.items().stream().map(item -> change(item, change)).toList());
    }
    if (value instanceof Json.Obj object) {
      Map<String, Json> members = new TreeMap<>();
      object
          .members()
          .forEach((name, member) ->
              members.put(name, name.equals("hints") ? member : change(member, change)));
      return new Json.Obj(members);
    }
    return value;
  }

  @Test
  void namesTheCheckThatFails() {
    String bundle = read("fact-at-head.json");
    Hash trusted = checkpointOf("fact-at-head.json");
    assertFails(Bundles.verify(bundle, Hash.sha256()), Verdict.Check.CHECKPOINT);
    assertFails(verify(bundle, "\"version\":14", "\"version\":15", trusted), Verdict.Check.HEAD);
    assertFails(
        verify(
            bundle,
            "\"value\":2,\"verdict\":\"present\"",
            "\"value\":3,\"verdict\":\"present\"",
            trusted),
        Verdict.Check.CLAIM);
    assertFails(
        verify(bundle, "\"value\":2,\"verdict\":\"present\"", "\"verdict\":\"absent\"", trusted),
        Verdict.Check.CLAIM);
    assertFails(verify(bundle, "/facts/turns", "/facts/hello", trusted), Verdict.Check.FACT);
    assertFails(verify(bundle, SPACE, "scenario-other", trusted), Verdict.Check.HEAD);
  }

  private static Verdict verify(String bundle, String from, String to, Hash trusted) {
    assertThat(bundle).contains(from);
    return Bundles.verify(bundle.replace(from, to), trusted);
  }

  private static void assertFails(Verdict verdict, Verdict.Check check) {
    assertThat(verdict)
        .isInstanceOfSatisfying(
            Verdict.Fails.class, fails -> assertThat(fails.check()).isEqualTo(check));
  }

  @Test
  void readsNothingThatIsNoBundle() {
    String bundle = read("update.json");
    Hash trusted = checkpointOf("update.json");
    for (String spoiled :
        new String[] {
          "",
          "{}",
          " " + bundle,
          bundle.replace("mnemogrid-bundle-1", "mnemogrid-bundle-9"),
          bundle.replace("\"kind\":\"update\"", "\"kind\":\"fact\""),
          bundle.replace("{\"checkpoint\"", "{\"beyond\":1,\"checkpoint\""),
          bundle.replace("\"header\":\"0x02", "\"header\":\"0x03"),
          bundle.replace("\"header\":\"0x02", "\"header\":\"0X02")
        }) {
      assertThat(Bundles.verify(spoiled, trusted)).isInstanceOf(Verdict.Unreadable.class);
    }
  }

  @Test
  void namesTheCheckpointToAskFor() {
    assertThat(Bundles.checkpointNumber(read("update.json"))).isEqualTo(7);
  }
}
