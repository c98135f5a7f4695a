package io.mnemogrid.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What every {@link KeyStore} keeps. */
public abstract class KeyStoreContractTest {
  private static final Instant NOW = Instant.parse("2026-11-29T12:00:00Z");
  private final Random random = new Random(3);

  /** A fresh handle on the keys of this test, as another process would have one. */
  protected abstract KeyStore open() throws Exception;

  private ApiKey.Issued issue(String name) {
    Grant grant =
        new Grant(
            Role.WRITER, List.of(new Glob("a-*"), new Glob("b")), List.of(new Glob("bot:*@x")));
    return ApiKey.issue(name, grant, NOW.plusSeconds(3600), NOW, random::nextBytes);
  }

  @Test
  void hasNoneAtFirst() throws Exception {
    assertThat(open().all()).isEqualTo(Keyring.NONE);
    assertThat(open().newerThan(0)).isEmpty();
  }

  @Test
  void keepsAKeyWhole() throws Exception {
    ApiKey key = issue("Bot Ä'; DROP TABLE api_key").key();
    open().add(key);
    assertThat(open().all().list()).containsExactly(key);
  }

  @Test
  void everyChangeIsSeenByOthers() throws Exception {
    KeyStore here = open();
    KeyStore there = open();
    ApiKey.Issued first = issue("one");
    here.add(first.key());
    long revision = there.newerThan(0).orElseThrow().revision();
    assertThat(there.newerThan(revision)).isEmpty();
    ApiKey rotated = first.key().rotate(Duration.ofMinutes(5), NOW, random::nextBytes).key();
    assertThat(here.replace(first.key(), rotated)).isTrue();
    Keyring changed = there.newerThan(revision).orElseThrow();
    assertThat(changed.revision()).isGreaterThan(revision);
    assertThat(changed.list()).containsExactly(rotated);
    ApiKey revoked = rotated.revoke(NOW);
    assertThat(there.replace(rotated, revoked)).isTrue();
    assertThat(here.newerThan(changed.revision()).orElseThrow().list()).containsExactly(revoked);
  }

  /** Of two who change a key at the same time one is refused. */
  @Test
  void replacesOnlyWhatStands() throws Exception {
    KeyStore keys = open();
    ApiKey key = issue("one").key();
    keys.add(key);
    ApiKey revoked = key.revoke(NOW);
    assertThat(keys.replace(key, revoked)).isTrue();
    long revision = keys.all().revision();
    assertThat(open().replace(key, key.rotate(Duration.ZERO, NOW, random::nextBytes).key()))
        .as("a key that was revoked meanwhile stays revoked")
        .isFalse();
    assertThat(keys.replace(issue("never added").key(), revoked)).isFalse();
    assertThat(keys.all().revision()).as("what failed is no change").isEqualTo(revision);
    assertThat(keys.all().list()).containsExactly(revoked);
  }

  @Test
  void notesTheLastDayOfUseWithoutAChange() throws Exception {
    KeyStore keys = open();
    ApiKey key = issue("one").key();
    keys.add(key);
    long revision = keys.all().revision();
    LocalDate day = LocalDate.parse("2026-11-29");
    keys.used(Map.of(key.id(), day, "no-such-", day));
    keys.used(Map.of(key.id(), day.minusDays(3)));
    Keyring all = open().all();
    assertThat(Objects.requireNonNull(all.keys().get(key.id())).lastUsed()).isEqualTo(day);
    assertThat(all.revision()).isEqualTo(revision);
    ApiKey used = Objects.requireNonNull(all.keys().get(key.id()));
    assertThat(keys.replace(used, used.revoke(NOW))).isTrue();
  }

  @Test
  void twoKeysWithOneIdAreRefused() throws Exception {
    KeyStore keys = open();
    ApiKey key = issue("one").key();
    keys.add(key);
    assertThatThrownBy(() -> keys.add(key)).isInstanceOf(RuntimeException.class);
    assertThat(keys.all().list()).containsExactly(key);
  }
}
