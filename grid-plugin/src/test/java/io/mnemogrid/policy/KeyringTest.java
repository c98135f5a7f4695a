package io.mnemogrid.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class KeyringTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private final Random random = new Random(5);

  private ApiKey.Issued issue() {
    return ApiKey.issue("a bot", Grant.ALL, null, NOW, random::nextBytes);
  }

  private static Keyring of(ApiKey... keys) {
    return Keyring.of(1, List.of(keys));
  }

  @Test
  void knowsTheTextOfAKey() {
    ApiKey.Issued issued = issue();
    String text = issued.text().whole();
    assertThat(text).matches("mg_[0-9A-Za-z]{8}_[0-9A-Za-z_-]{43}[0-9A-Za-z]{6}");
    assertThat(KeyText.parse(text)).contains(issued.text());
    assertThat(of(issued.key()).authenticate(text, NOW)).contains(issued.key());
    assertThat(issued.text().toString()).doesNotContain(text.substring(12));
    assertThat(issued.key().toString()).doesNotContain(text.substring(12));
  }

  /** One character changed: the check sum alone shows it, without asking anybody. */
  @Test
  void aMistypedKeyIsNone() {
    String text = issue().text().whole();
    for (int i = 0; i < text.length(); i++) {
      char other = text.charAt(i) == 'x' ? 'y' : 'x';
      String wrong = text.substring(0, i) + other + text.substring(i + 1);
      assertThat(KeyText.parse(wrong)).as(wrong).isEmpty();
    }
    assertThat(KeyText.parse(text + " ")).isEmpty();
    assertThat(KeyText.parse("")).isEmpty();
  }

  /**
   * Well-formed texts with the right check sum, half of them with the id of a key that is there.
   */
  @Test
  void aMillionRandomKeysAreRefused() {
    ApiKey.Issued issued = issue();
    Keyring keys = of(issued.key());
    for (int i = 0; i < 1_000_000; i++) {
      KeyText guess =
          i % 2 == 0
              ? KeyText.make(random::nextBytes)
              : KeyText.of(issued.key().id(), random::nextBytes);
      if (keys.authenticate(guess.whole(), NOW).isPresent()) {
        throw new AssertionError("guessed: " + guess.whole());
      }
    }
    assertThat(keys.authenticate(issued.text().whole(), NOW)).isPresent();
  }

  @Test
  void endsWhenItExpiresOrIsRevoked() {
    ApiKey.Issued issued =
        ApiKey.issue("short", Grant.ALL, NOW.plusSeconds(60), NOW, random::nextBytes);
    String text = issued.text().whole();
    Keyring keys = of(issued.key());
    assertThat(keys.authenticate(text, NOW.plusSeconds(59))).isPresent();
    assertThat(keys.authenticate(text, NOW.plusSeconds(60))).isEmpty();
    ApiKey revoked = issued.key().revoke(NOW);
    assertThat(of(revoked).authenticate(text, NOW)).isEmpty();
    assertThat(revoked.revoke(NOW.plusSeconds(9)).revoked()).isEqualTo(NOW);
    assertThat(of(revoked).isEmpty()).as("a grid that had keys never opens itself").isFalse();
    assertThatThrownBy(() -> revoked.rotate(Duration.ZERO, NOW, random::nextBytes))
        .hasMessageContaining("has ended");
    assertThatThrownBy(() -> ApiKey.issue("late", Grant.ALL, NOW, NOW, random::nextBytes))
        .hasMessageContaining("future");
  }

  @Test
  void aRotationLeavesTwoSecretsForATime() {
    ApiKey.Issued first = issue();
    ApiKey.Issued second = first.key().rotate(Duration.ofMinutes(1), NOW, random::nextBytes);
    Keyring keys = of(second.key());
    assertThat(second.key().id()).isEqualTo(first.key().id());
    assertThat(keys.authenticate(second.text().whole(), NOW)).isPresent();
    assertThat(keys.authenticate(first.text().whole(), NOW.plusSeconds(59))).isPresent();
    assertThat(keys.authenticate(first.text().whole(), NOW.plusSeconds(60))).isEmpty();
    ApiKey.Issued third = second.key().rotate(Duration.ZERO, NOW, random::nextBytes);
    for (ApiKey.Issued old : List.of(first, second)) {
      assertThat(of(third.key()).authenticate(old.text().whole(), NOW)).isEmpty();
    }
    assertThatThrownBy(() -> third.key().rotate(Duration.ofDays(31), NOW, random::nextBytes))
        .hasMessageContaining("30 days");
  }

  @Test
  void grantsSpacesAndAuthorsByPattern() {
    Grant grant =
        new Grant(
            Role.WRITER,
            List.of(new Glob("team-*"), new Glob("shared")),
            List.of(new Glob("bot-*")));
    assertThat(grant.has(new SpaceName("team-a"))).isTrue();
    assertThat(grant.has(new SpaceName("shared"))).isTrue();
    assertThat(grant.has(new SpaceName("shared2"))).isFalse();
    assertThat(grant.has(new Author("bot-7"))).isTrue();
    assertThat(grant.has(new Author("human"))).isFalse();
    assertThat(grant.hasAllSpaces()).isFalse();
    assertThat(Grant.ALL.hasAllSpaces()).isTrue();
  }

  /** Every member holds all keys: their patterns are bounded in characters, not just in number. */
  @Test
  void patternsOfAKeyAreBounded() {
    Glob longest = new Glob("a".repeat(Glob.MAX_LENGTH));
    List<Glob> all = List.of(Glob.ALL);
    new Grant(Role.READER, Collections.nCopies(32, longest), all);
    assertThatThrownBy(() -> new Grant(Role.READER, Collections.nCopies(33, longest), all))
        .hasMessageContaining("4096 characters");
    assertThatThrownBy(() -> new Grant(Role.READER, Collections.nCopies(101, Glob.ALL), all))
        .hasMessageContaining("1 to 100 patterns");
  }

  /** An operator makes keys, so a key of some spaces alone would be none. */
  @Test
  void anOperatorHasAllSpaces() {
    for (Role role : Role.values()) {
      if (role.isOfAll()) {
        assertThatThrownBy(() -> new Grant(role, List.of(new Glob("a")), List.of(Glob.ALL)))
            .hasMessageContaining("all spaces");
      }
    }
  }

  @Test
  void rolesGrantWhatTheTableSays() {
    assertThat(Role.READER.rights()).containsExactlyInAnyOrder(Right.SEE, Right.READ, Right.PROVE);
    assertThat(Role.WRITER.rights())
        .containsExactlyInAnyOrder(Right.SEE, Right.READ, Right.PROVE, Right.WRITE, Right.CREATE);
    assertThat(Role.CURATOR.rights()).isEqualTo(Role.WRITER.rights());
    assertThat(Role.ERASER.rights()).containsExactly(Right.SEE);
    assertThat(Role.VERIFIER.rights()).containsExactlyInAnyOrder(Right.SEE, Right.PROVE);
    assertThat(Role.METRICS.rights()).containsExactly(Right.METER);
    assertThat(Role.OPERATOR.rights()).containsExactlyInAnyOrder(Right.values());
    for (Role role : Role.values()) {
      assertThat(Role.of(role.text())).isEqualTo(role);
    }
    assertThatThrownBy(() -> Role.of("admin")).hasMessageContaining("operator");
  }

  @Test
  void findsAValidKeyByItsId() {
    ApiKey key =
        ApiKey.issue("short", Grant.ALL, NOW.plusSeconds(60), NOW, random::nextBytes).key();
    Keyring keys = of(key);
    assertThat(keys.valid(key.id(), NOW.plusSeconds(59))).contains(key);
    assertThat(keys.valid(key.id(), NOW.plusSeconds(60))).isEmpty();
    assertThat(keys.valid("nobody12", NOW)).isEmpty();
    assertThat(keys.valid("", NOW)).isEmpty();
    assertThat(of(key.revoke(NOW)).valid(key.id(), NOW)).isEmpty();
  }
}
