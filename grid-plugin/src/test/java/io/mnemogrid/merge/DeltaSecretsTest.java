package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.MadeUpSecrets;
import io.mnemogrid.secret.SecretRule;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Where in a delta a secret is found, and what becomes of the delta without it. */
class DeltaSecretsTest {
  private static final String TOKEN = new MadeUpSecrets(1).one(SecretRule.GITHUB_TOKEN, 0).text();
  private static final String REQUEST =
      """
      {"update_id":"u1","base":3,"author":"bot-a","timestamp":"2026-02-05T19:00:50Z","type":"note",\
      "reads":["facts.total"],\
      "changes":{"added":[{"key":"facts.a","value":1},{"key":"facts.b","value":{"c":[0,"d"]}}],\
      "modified":[{"key":"facts.e","new_value":"f","old_value":"g"}],\
      "deleted":[{"key":"facts.h","old_value":"i"}]}}\
      """;

  private static Delta.Edit parse(String text) {
    return Delta.parse(Json.parseObject(text));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "\"d\" | \"see %s\" | /changes/added/1/value/c/1",
        "\"c\" | \"%s\" | /changes/added/1/value",
        "\"facts.b\" | \"facts.%s.x\" | /changes/added/1/key",
        "\"f\" | \"%s\" | /changes/modified/0/new_value",
        "\"g\" | \"%s\" | /changes/modified/0/old_value",
        "\"i\" | \"%s\" | /changes/deleted/0/old_value",
        "\"facts.h\" | \"%s\" | /changes/deleted/0/key",
        "\"note\" | \"%s\" | /type",
        "\"bot-a\" | \"%s\" | /author",
        "\"u1\" | \"%s\" | /update_id",
        "\"facts.total\" | \"%s\" | /reads/0",
      })
  void findsItWhereverItStands(String text, String with, String pointer) {
    assertThat(parse(REQUEST).secret()).isNull();
    Delta.Edit edit = parse(REQUEST.replace(text, with.formatted(TOKEN)));
    assertThat(edit.secret()).isEqualTo(new Refusal.Secret(pointer, SecretRule.GITHUB_TOKEN));
    assertThat(String.valueOf(edit.secret())).doesNotContain(TOKEN);
    assertThat(edit.allowingSecrets(Set.of(SecretRule.JWT)).secret()).isNotNull();
    assertThat(edit.allowingSecrets(Set.of(SecretRule.GITHUB_TOKEN)).secret()).isNull();
  }

  @Test
  void findsWhatIsSecretUnderTheNameOfItsPath() {
    String hex = new MadeUpSecrets(1).one(SecretRule.HEX_PRIVATE_KEY, 0).text();
    assertThat(parse(REQUEST.replace("\"f\"", "\"" + hex + "\"")).secret()).isNull();
    assertThat(
            parse(REQUEST.replace("\"f\"", "\"" + hex + "\"").replace("facts.e", "/w/private_key"))
                .secret())
        .isEqualTo(new Refusal.Secret("/changes/modified/0/new_value", SecretRule.HEX_PRIVATE_KEY));
  }

  /** Under strict it must stand there, and whoever removes a secret says so. */
  @Test
  void aStrictEditMayNameWhatItRemoves() {
    String strict = REQUEST.replace("\"base\":3", "\"base\":3,\"strict\":true");
    Delta.Edit removes =
        parse(strict.replace("\"i\"", "\"" + TOKEN + "\"").replace("\"g\"", "\"" + TOKEN + "\""));
    assertThat(removes.secret()).isNull();
    assertThat(removes.withoutSecrets()).isSameAs(removes);
    assertThat(parse(strict.replace("\"f\"", "\"" + TOKEN + "\"")).secret())
        .isEqualTo(new Refusal.Secret("/changes/modified/0/new_value", SecretRule.GITHUB_TOKEN));
    assertThat(parse(strict.replace("facts.h", TOKEN)).secret())
        .isEqualTo(new Refusal.Secret("/changes/deleted/0/key", SecretRule.GITHUB_TOKEN));
  }

  @Test
  void cutsItOutOfValuesAndTypeAndHashesWhatIsLeft() {
    String with =
        REQUEST
            .replace("\"d\"", "\"see " + TOKEN + "\"")
            .replace("\"i\"", "\"" + TOKEN + "\"")
            .replace("note", TOKEN);
    Delta.Edit left = parse(with).withoutSecrets();
    String mark = "[secret removed: github-token]";
    String expected = with.replace(TOKEN, mark);
    assertThat(left.request()).isEqualTo(Json.parse(expected));
    assertThat(left.requestHash()).isEqualTo(Hash.sha256(Json.parse(expected).canonical()));
    assertThat(left.changes()).isEqualTo(parse(expected).changes());
    assertThat(left.type()).isEqualTo(mark);
    assertThat(left.secret()).isNull();
    assertThat(left.screening().cut())
        .containsExactlyInAnyOrder(
            new FoundSecret("/type", SecretRule.GITHUB_TOKEN),
            new FoundSecret("/changes/added/1/value/c/1", SecretRule.GITHUB_TOKEN),
            new FoundSecret("/changes/deleted/0/old_value", SecretRule.GITHUB_TOKEN));
    assertThat(left.toString()).doesNotContain(TOKEN);
    assertThat(parse(with).withoutSecrets()).as("sent again").isEqualTo(left);
    assertThat(left.withoutSecrets()).isSameAs(left);
    Delta.Edit none = parse(REQUEST);
    assertThat(none.withoutSecrets()).isSameAs(none);
  }

  @Test
  void cutsNothingOutOfWhatNamesSomething() {
    for (String named : new String[] {"facts.b", "facts.h", "bot-a", "u1", "facts.total"}) {
      Delta.Edit edit = parse(REQUEST.replace("\"" + named + "\"", "\"" + TOKEN + "\""));
      assertThat(edit.withoutSecrets().secret()).as(named).isEqualTo(edit.secret()).isNotNull();
    }
  }

  @Test
  void leavesAllowedOnesWhereTheyAre() {
    Delta.Edit edit =
        parse(REQUEST.replace("\"d\"", "\"" + TOKEN + "\""))
            .allowingSecrets(Set.of(SecretRule.GITHUB_TOKEN));
    assertThat(edit.withoutSecrets()).isSameAs(edit);
  }

  @Test
  void looksIntoARollbackToo() {
    Json.Obj request =
        Json.parseObject(
            "{\"to\":1,\"author\":\"a\",\"update_id\":\"u\",\"type\":\"" + TOKEN + "\"}");
    assertThat(Delta.parseRollback(request).secret())
        .isEqualTo(new Refusal.Secret("/type", SecretRule.GITHUB_TOKEN));
  }
}
