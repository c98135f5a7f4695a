package io.mnemogrid.policy;

import java.time.LocalDate;
import java.util.Map;
import java.util.Optional;

/**
 * Where the keys of a grid are kept. Writes are durable when they return, and each of them but
 * {@link #used} raises the revision. Calls block; safe for all threads.
 */
public interface KeyStore {
  /** All keys, as of one moment, unless the revision is still that one. */
  Optional<Keyring> newerThan(long revision);

  /** All keys, as of one moment. */
  Keyring all();

  /**
   * Adds a key.
   *
   * @throws IllegalStateException when there are {@value ApiKey#MAX_KEYS}
   */
  void add(ApiKey key);

  /**
   * Replaces a key by another with its id, if it still is {@code old} but for when it was last
   * used; false when somebody else was faster.
   */
  boolean replace(ApiKey old, ApiKey key);

  /** Notes the days on which keys were last used, by their ids; earlier days change nothing. */
  void used(Map<String, LocalDate> days);
}
