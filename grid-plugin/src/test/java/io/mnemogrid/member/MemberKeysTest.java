package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.Keys;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.policy.Keyring;
import io.mnemogrid.store.SqliteStore;
import java.nio.file.Path;
import java.time.Duration;
import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The keys of a real store, which a test takes away and gives back. */
class MemberKeysTest {
  @TempDir Path folder;
  private final AtomicLong nanos = new AtomicLong();
  private SqliteStore store;
  private boolean isGone;

  @BeforeEach
  void open() {
    store = SqliteStore.open(folder.resolve("store.db"));
  }

  @AfterEach
  void close() {
    store.close();
  }

  private MemberKeys keys() {
    KeyStore gone =
        new KeyStore() {
          private KeyStore there() {
            if (isGone) {
              throw new LogUnavailable(
                  LogUnavailable.Outcome.NOT_APPLIED, "gone", new IllegalStateException());
            }
            return store.keys();
          }

          @Override
          public Optional<Keyring> newerThan(long revision) {
            return there().newerThan(revision);
          }

          @Override
          public Keyring all() {
            return there().all();
          }

          @Override
          public void add(ApiKey key) {
            there().add(key);
          }

          @Override
          public boolean replace(ApiKey old, ApiKey key) {
            return there().replace(old, key);
          }

          @Override
          public void used(Map<String, LocalDate> days) {
            there().used(days);
          }
        };
    return new MemberKeys(gone, store.log()::now, nanos::get);
  }

  @Test
  void whatOneMemberChangesAnotherKnowsAfterItsNextLook() {
    MemberKeys here = keys();
    MemberKeys there = keys();
    assertThat(there.known().isEmpty()).isTrue();
    ApiKey.Issued issued = here.create("a bot", Grant.ALL, null);
    String text = issued.text().whole();
    assertThat(here.authenticate(text)).contains(issued.key());
    assertThat(there.authenticate(text)).isEmpty();
    there.ask();
    assertThat(there.authenticate(text)).contains(issued.key());
    assertThat(here.revoke(issued.key().id())).isPresent();
    assertThat(here.authenticate(text)).isEmpty();
    assertThat(there.authenticate(text)).as("not heard yet").isPresent();
    there.ask();
    assertThat(there.authenticate(text)).isEmpty();
    assertThat(here.revoke("12345678")).isEmpty();
    assertThat(here.rotate("12345678", Duration.ZERO)).isEmpty();
  }

  @Test
  void aStoreThatIsGoneLeavesWhatWasKnownAndSaysForHowLong() {
    MemberKeys keys = keys();
    ApiKey.Issued issued = keys.create("a bot", Grant.ALL, null);
    isGone = true;
    nanos.addAndGet(Keys.UNHEARD_AT_MOST.plusSeconds(1).toNanos());
    assertThatThrownBy(keys::ask).isInstanceOf(LogUnavailable.class);
    assertThat(keys.authenticate(issued.text().whole())).isPresent();
    assertThat(keys.unheard()).isEqualTo(Duration.ofSeconds(11));
    isGone = false;
    keys.ask();
    assertThat(keys.unheard()).isEqualTo(Duration.ZERO);
  }

  /** Expiry needs no news: a member that hears nothing ends a key in time all the same. */
  @Test
  void aKeyExpiresWithoutTheStore() {
    MemberKeys keys = keys();
    ApiKey.Issued issued =
        keys.create("short", Grant.ALL, store.log().now().plus(Duration.ofHours(1)));
    isGone = true;
    assertThat(keys.authenticate(issued.text().whole())).isPresent();
    nanos.addAndGet(Duration.ofHours(1).toNanos());
    assertThat(keys.authenticate(issued.text().whole())).isEmpty();
  }
}
