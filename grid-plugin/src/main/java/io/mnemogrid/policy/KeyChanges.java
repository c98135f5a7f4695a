package io.mnemogrid.policy;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What is done to the keys of a store, at a time of the store's clock. Calls block as the store's
 * do, and throw what it throws.
 *
 * @param random fills an array from a cryptographic source
 */
public record KeyChanges(KeyStore store, Consumer<byte[]> random) {
  /** Makes a key; throws as {@link ApiKey#issue} and {@link KeyStore#add} do. */
  public ApiKey.Issued create(String name, Grant grant, @Nullable Instant expires, Instant now) {
    ApiKey.Issued issued = ApiKey.issue(name, grant, expires, now, random);
    store.add(issued.key());
    return issued;
  }

  /**
   * Gives the key of that id a new secret; empty where there is none. Throws as {@link
   * ApiKey#rotate} does.
   *
   * @throws IllegalStateException when somebody else changed the key at the same time
   */
  public Optional<ApiKey.Issued> rotate(String id, Duration grace, Instant now) {
    Optional<ApiKey> key = find(id);
    if (key.isEmpty()) {
      return Optional.empty();
    }
    ApiKey.Issued issued = key.get().rotate(grace, now, random);
    replace(key.get(), issued.key());
    return Optional.of(issued);
  }

  /**
   * Ends the key of that id; empty where there is none.
   *
   * @throws IllegalStateException when somebody else changed the key at the same time
   */
  public Optional<ApiKey> revoke(String id, Instant now) {
    Optional<ApiKey> key = find(id);
    if (key.isEmpty() || key.get().revoked() != null) {
      return key;
    }
    ApiKey ended = key.get().revoke(now);
    replace(key.get(), ended);
    return Optional.of(ended);
  }

  private Optional<ApiKey> find(String id) {
    return Optional.ofNullable(store.all().keys().get(id));
  }

  private void replace(ApiKey old, ApiKey key) {
    if (!store.replace(old, key)) {
      throw new IllegalStateException(
          "the key " + old.id() + " was changed by somebody else at the same time: try again");
    }
  }
}
