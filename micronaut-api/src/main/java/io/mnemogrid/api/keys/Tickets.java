package io.mnemogrid.api.keys;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import jakarta.inject.Singleton;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.Optional;

/**
 * Tickets: what a page in a browser sends in an address in place of a key, because it cannot send a
 * header with an EventSource. A ticket is 256 random bits, valid for {@link #LIFE}, once, and on
 * the member that issued it. Safe for all threads.
 */
@Singleton
public final class Tickets {
  /** How long a ticket can be used. */
  static final Duration LIFE = Duration.ofSeconds(30);

  /** Most tickets that wait to be used; another one takes the place of one of them. */
  static final int MOST = 10_000;

  private static final int BYTES = 32;

  private final SecureRandom random = new SecureRandom();
  private final Cache<String, Optional<String>> issued =
      Caffeine.newBuilder().maximumSize(MOST).expireAfterWrite(LIFE).build();

  /**
   * A new ticket.
   *
   * @param key the id of the key that it stands for; empty while no key is asked for
   */
  String issue(Optional<String> key) {
    byte[] bytes = new byte[BYTES];
    random.nextBytes(bytes);
    String text = "mt_" + Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    issued.put(text, key);
    return text;
  }

  /** Uses a ticket up; the id of the key that it stands for, empty when it stands for none. */
  Optional<String> redeem(String text) {
    Optional<String> key = issued.asMap().remove(text);
    return key == null ? Optional.empty() : key;
  }
}
