package io.mnemogrid.secret;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.Vectors;
import io.mnemogrid.secret.MadeUpSecrets.Made;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.web3j.crypto.MnemonicUtils;

/** What is found as a secret, what is not, and what is left when it is cut out. */
class SecretsTest {
  private static final long SEED = 4711;
  private static final MadeUpSecrets SECRETS = new MadeUpSecrets(SEED);
  private static final List<Made> CORPUS = SECRETS.many(300);

  /** A secret in the texts and values in which one turns up. */
  private static List<Json> settings(Made made) {
    Json text = Json.of(made.text());
    String name = made.name().isEmpty() ? "note" : made.name();
    Json named = Json.object(Map.of(name, text));
    return List.of(
        named,
        Json.object(Map.of("key", Json.of("facts." + name), "value", text)),
        Json.object(Map.of("a", new Json.Arr(List.of(Json.of(1), named)))),
        Json.of(name + "=" + made.text()),
        Json.of("export " + name + "=\"" + made.text() + "\"\n# next line"),
        Json.of("{\"" + name + "\": \"" + made.text() + "\"}"),
        Json.of("the " + name + ": " + made.text() + " (keep it, 日本)"));
  }

  @Test
  void findsEachOfACorpusByItsOwnRule() {
    List<String> missed = new ArrayList<>();
    int looked = 0;
    for (Made made : CORPUS) {
      for (Json setting : settings(made)) {
        FoundSecret found = Secrets.scan(setting);
        looked++;
        if (found == null || found.rule() != made.rule()) {
          missed.add(made.rule() + " " + setting.canonical() + " -> " + found);
        }
      }
    }
    assertThat(CORPUS).hasSize(300).extracting(Made::rule).contains(SecretRule.values());
    assertThat(looked).isEqualTo(2100);
    assertThat(missed).as("seed %d", SEED).isEmpty();
  }

  @ParameterizedTest
  @EnumSource(SecretRule.class)
  void findsEveryFormOfARuleByItself(SecretRule rule) {
    for (int form = 0; form < 60; form++) {
      Made made = new MadeUpSecrets(form).one(rule, form);
      FoundSecret found = new Secrets(Set.of()).find(Json.of(made.text()), made.name());
      assertThat(found).as("form %d", form).isEqualTo(new FoundSecret("", rule));
      assertThat(new Secrets(EnumSet.of(rule)).find(Json.of(made.text()), made.name()))
          .as("allowed, form %d", form)
          .isNull();
    }
  }

  @Test
  void findsNoneInTheVectors() {
    List<String> found = new ArrayList<>();
    int values = 0;
    for (String file :
        List.of(
            "canonical",
            "checkpoints",
            "fact-proofs",
            "key-proofs",
            "log",
            "merge-2",
            "merge",
            "numbers",
            "refused",
            "state")) {
      for (String value : strings(Vectors.read(file))) {
        values++;
        FoundSecret secret = Secrets.scan(Json.of(value));
        if (secret != null) {
          found.add(file + ": " + value);
        }
      }
    }
    assertThat(values).isGreaterThan(10_000);
    assertThat(found).isEmpty();
  }

  /** All strings without lone surrogates, and all names of members. */
  private static List<String> strings(com.fasterxml.jackson.databind.JsonNode node) {
    List<String> strings = new ArrayList<>();
    if (node.isTextual() && !Json.hasLoneSurrogate(node.textValue())) {
      strings.add(node.textValue());
    }
    node.fieldNames().forEachRemaining(strings::add);
    node.forEach(below -> strings.addAll(strings(below)));
    strings.removeIf(Json::hasLoneSurrogate);
    return strings;
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA\n-----END PUBLIC KEY-----",
        "a file that begins with -----BEGIN PRIVATE KEY----- holds one",
        "AKIA" + "IOSFODNN7" + "EXAMPLE",
        "the task-management desk is at risk-assessment-level-one-two-three-four",
        "sk-learn-pipelines-are-what-we-use-for-most-of-the-simple-models",
        "https://example.com:8080/a?b=c:d@e",
        "https://user@example.com/",
        "postgres://app:${DB_PASSWORD}@db/app",
        "postgres://app:****@db/app",
        "postgres://app:<password>@db/app",
        "mailto:somebody@example.com",
        "2026-02-05T19:00:50.123Z",
        "0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "root: 0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "secret_hash=0xba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "npm_config_registry and mg_something_else, ghp_ alone, glpat- alone, xoxb-your-token-here",
        "she said that they would meet them there when the train from Rome came back home",
        "eyJhbGciOiJIUzI1NiJ9 is a header",
        "uint256 private constant ONES = 0x0101010101010101010101010101010101010101010101010101010101010101",
        "019c2f4e-3a5b-7c1d-9e2f-0123456789ab",
        "1234567:AA is short",
      })
  void findsNone(String text) {
    assertThat(Secrets.scan(Json.of(text))).isNull();
    assertThat(Secrets.scan(Json.object(Map.of("root_hash", Json.of(text))))).isNull();
  }

  @Test
  void aTokenOfGithubHasItsChecksum() {
    String token = MadeUpSecrets.github("ghp_", SECRETS.text("abcDEF123", 30));
    assertThat(Secrets.scan(Json.of(token))).isNotNull();
    char last = token.charAt(39);
    assertThat(Secrets.scan(Json.of(token.substring(0, 39) + (last == 'a' ? 'b' : 'a')))).isNull();
    assertThat(Secrets.scan(Json.of(token + "x"))).isNull();
    assertThat(Secrets.scan(Json.of("x" + token))).isNull();
  }

  @Test
  void aPhraseHasItsChecksum() {
    int refused = 0;
    List<String> words = MnemonicUtils.getWords();
    for (int i = 0; i < 160; i++) {
      int first = i;
      String phrase =
          IntStream.range(0, 12)
              .mapToObj(word -> words.get((first * 13 + word * 211) % 2048))
              .collect(Collectors.joining(" "));
      boolean valid = MnemonicUtils.validateMnemonic(phrase);
      refused += valid ? 0 : 1;
      assertThat(Secrets.scan(Json.of(phrase)) != null).as(phrase).isEqualTo(valid);
    }
    assertThat(refused).isBetween(100, 159);
  }

  @Test
  void findsAPhraseAmongOtherWordsAndInAnArray() {
    String phrase = SECRETS.one(SecretRule.BIP39_PHRASE, 0).text();
    assertThat(Secrets.scan(Json.of("zoo zoo! My wallet is " + phrase.toUpperCase() + " zoo.")))
        .isNotNull();
    Json words = Json.ofStrings(Arrays.asList(phrase.split(" ", -1)));
    assertThat(Secrets.scan(Json.object(Map.of("wallet", words))))
        .isEqualTo(new FoundSecret("/wallet", SecretRule.BIP39_PHRASE));
    Json left = new Secrets(Set.of()).cut(words, "", "");
    assertThat(left).isEqualTo(Json.of("[secret removed: bip39-phrase]"));
  }

  @Test
  void theWordsAreThoseOfAnotherImplementation() {
    List<String> words = MnemonicUtils.getWords();
    assertThat(words).hasSize(2048);
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      assertThat(MnemonicWords.indexOf(" " + word + " ", 1, word.length() + 1)).isEqualTo(i);
    }
    assertThat(MnemonicWords.indexOf("Zebrazoo", 5, 8)).isEqualTo(2047);
    assertThat(MnemonicWords.indexOf("notaword", 0, 8)).isEqualTo(-1);
    assertThat(MnemonicWords.indexOf("abandon", 0, 6)).isEqualTo(-1);
  }

  @Test
  void tellsThePlaceAndNeverTheSecret() {
    Made made = SECRETS.one(SecretRule.GITHUB_TOKEN, 0);
    Json.Obj value =
        Json.object(Map.of("a/b", new Json.Arr(List.of(Json.NULL, Json.of(made.text())))));
    assertThat(Secrets.scan(value)).isEqualTo(new FoundSecret("/a~1b/1", SecretRule.GITHUB_TOKEN));
    Json.Obj named = Json.object(Map.of("x", Json.object(Map.of(made.text(), Json.of(1)))));
    assertThat(Secrets.scan(named)).isEqualTo(new FoundSecret("/x", SecretRule.GITHUB_TOKEN));
  }

  @Test
  void cutsEachSecretOutAndKeepsTheRest() {
    for (Made made : CORPUS) {
      for (Json setting : settings(made)) {
        Secrets secrets = new Secrets(Set.of());
        Json left = secrets.cut(setting, made.name(), "/here");
        assertThat(left.canonical()).as("%s", made.rule()).contains("[secret removed: ");
        assertThat(Secrets.scan(left)).as(left.canonical()).isNull();
        assertThat(secrets.cut()).allMatch(cut -> cut.pointer().startsWith("/here"));
        assertThat(secrets.cut()).isNotEmpty();
        for (String part : made.text().split("[^A-Za-z0-9]+", -1)) {
          assertThat(part.length() >= 20 && left.canonical().contains(part)).isFalse();
        }
        assertThat(new Secrets(Set.of()).cut(left, "", "")).isSameAs(left);
      }
    }
    String url = "see postgres://app:" + SECRETS.text("abc123", 9) + "@db/app?x=1 there";
    assertThat(new Secrets(Set.of()).cut(Json.of(url), "", ""))
        .isEqualTo(Json.of("see postgres://app:[secret removed: url-password]@db/app?x=1 there"));
  }

  @Test
  void cutsManyOutOfOneTextAndTellsABoundedNumberOfPlaces() {
    String token = SECRETS.one(SecretRule.NPM_TOKEN, 0).text();
    String many = (token + " ").repeat(3000);
    Secrets secrets = new Secrets(Set.of());
    assertThat(secrets.cut(Json.of(many), "", "/a"))
        .isEqualTo(Json.of("[secret removed: npm-token] ".repeat(3000)));
    assertThat(secrets.cut()).containsExactly(new FoundSecret("/a", SecretRule.NPM_TOKEN));
    Secrets of = new Secrets(Set.of());
    Json array = Json.ofStrings(java.util.Collections.nCopies(3000, token));
    assertThat(Secrets.scan(of.cut(array, "", ""))).isNull();
    assertThat(of.cut()).hasSize(1000).startsWith(new FoundSecret("/0", SecretRule.NPM_TOKEN));
  }

  /** Texts on which a scanner that goes back, or measures a run again and again, is quadratic. */
  static Stream<String> adversarial() {
    return Stream.of(
            "-",
            "_",
            ":",
            "=",
            "://",
            "eyJ-",
            "eyJ.",
            "-eyJaaaaaaaaaaaaa",
            "eyJaaaaaaaaaaaaa.eyJaaaaaaaaaaaaa.",
            "sk-",
            "sk-a1b2c3",
            " sk-a1b2c3",
            "xoxb-",
            "ghp_",
            "glpat-",
            "glpat-" + "aaaaaaaaaaaaaaaaaaa1.",
            "mg_aaaaaaaa_",
            "AKIA",
            "AIza",
            "ya29.",
            "whsec_",
            "12345678:AA",
            "-----BEGIN ",
            "-----BEGIN PRIVATE KEY-----",
            "-----BEGIN PRIVATE KEY----- ",
            "x://a:b",
            "x://aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa:",
            "secret=aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa ",
            "a",
            "aaa ",
            "zoo ",
            "zoo zoo notinlist ",
            "abandon ability able about ")
        .map(part -> part.repeat((1 << 20) / part.length()));
  }

  /** A quadratic scan of one of them takes hours, and a test has 15 minutes. */
  @Test
  void isLinearInWhateverStandsThere() {
    assertThat(adversarial())
        .hasSizeGreaterThan(30)
        .allSatisfy(text -> {
          FoundSecret found = Secrets.scan(Json.of(text));
          Json left = new Secrets(Set.of()).cut(Json.of(text), "", "");
          assertThat(left.equals(Json.of(text))).isEqualTo(found == null);
          assertThat(Secrets.scan(left)).isNull();
        });
  }

  @Test
  void rulesHaveNames() {
    for (SecretRule rule : SecretRule.values()) {
      assertThat(rule.text()).matches("[a-z0-9-]+");
      assertThat(SecretRule.named(rule.text())).contains(rule);
      assertThat(Secrets.scan(Json.of("[secret removed: " + rule.text() + "]"))).isNull();
    }
    assertThat(SecretRule.named("none")).isEmpty();
  }
}
