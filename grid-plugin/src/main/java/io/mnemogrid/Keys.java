package io.mnemogrid;

import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Keyring;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The keys by which agents use the HTTP API. The store has them, and every member with a store
 * looks for changes four times a second. The code of an embedded member needs none. Safe for all
 * threads.
 */
public interface Keys {
  /** After this time without the store, keys that are known read and no longer write. */
  Duration UNHEARD_AT_MOST = Duration.ofSeconds(10);

  /** The keys as this member knows them. Does not block. */
  Keyring known();

  /** How long ago the store last told this member its keys. Does not block. */
  Duration unheard();

  /** The key that somebody sent, if it is one now; notes the day of its use. Does not block. */
  Optional<ApiKey> authenticate(String text);

  /**
   * The key of that id, if it is one now, for whoever has shown by other means than its text that
   * it is theirs; notes the day of its use. Does not block.
   */
  Optional<ApiKey> vouched(String id);

  /**
   * The keys as the store has them, the oldest first. Blocks.
   *
   * @throws LogUnavailable when the store does not answer
   */
  List<ApiKey> list();

  /**
   * Makes a key. Its text is told this once: the store keeps a hash of it. In force here when this
   * returns, on other members within a second. Blocks.
   *
   * @param expires when it ends by itself; null for never
   * @throws IllegalArgumentException when the name or the time makes no sense
   * @throws IllegalStateException when there are as many keys as there may be
   * @throws LogUnavailable when the store does not answer
   */
  ApiKey.Issued create(String name, Grant grant, @Nullable Instant expires);

  /**
   * Gives a key a new secret and leaves the old one valid for a time; empty when there is no such
   * key. Blocks.
   *
   * @throws IllegalArgumentException when the time makes no sense, or the key has ended
   * @throws IllegalStateException when somebody else changed the key at the same time
   * @throws LogUnavailable when the store does not answer
   */
  Optional<ApiKey.Issued> rotate(String id, Duration grace);

  /**
   * Ends a key, as {@link #create} begins one; empty when there is none of that id. One that has
   * ended stays as it is. Blocks.
   *
   * @throws IllegalStateException when somebody else changed the key at the same time
   * @throws LogUnavailable when the store does not answer
   */
  Optional<ApiKey> revoke(String id);
}
