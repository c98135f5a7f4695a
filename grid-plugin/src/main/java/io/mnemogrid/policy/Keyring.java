package io.mnemogrid.policy;

import java.io.Serializable;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * All keys of a grid as of one moment. A value.
 *
 * @param revision grows with each key that is made or changed; 0 while there are none
 * @param keys by their ids
 */
public record Keyring(long revision, Map<String, ApiKey> keys) implements Serializable {
  /** No key was ever made. */
  public static final Keyring NONE = new Keyring(0, Map.of());

  public Keyring {
    keys = Map.copyOf(keys);
  }

  /** The keys of a revision. */
  public static Keyring of(long revision, Collection<ApiKey> keys) {
    Map<String, ApiKey> byId = new HashMap<>();
    keys.forEach(key -> byId.put(key.id(), key));
    return new Keyring(revision, byId);
  }

  /** Whether no key was ever made, so that nobody is asked for one. */
  public boolean isEmpty() {
    return keys.isEmpty();
  }

  /** The keys, the oldest first. */
  public List<ApiKey> list() {
    return keys.values().stream()
        .sorted((one, other) -> {
          int order = one.created().compareTo(other.created());
          return order != 0 ? order : one.id().compareTo(other.id());
        })
        .toList();
  }

  /** The key that somebody sent, if it is one now; O(1). */
  public Optional<ApiKey> authenticate(String text, Instant now) {
    return KeyText.parse(text)
        .flatMap(sent ->
            Optional.ofNullable(keys.get(sent.id())).filter(key -> key.accepts(sent.hash(), now)));
  }

  /** The key of that id, if it is one now; O(1). */
  public Optional<ApiKey> valid(String id, Instant now) {
    return Optional.ofNullable(keys.get(id)).filter(key -> key.isValid(now));
  }
}
