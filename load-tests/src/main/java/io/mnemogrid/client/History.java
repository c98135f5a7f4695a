package io.mnemogrid.client;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.List;

/**
 * Everything that a member shows of a space while nobody writes.
 *
 * @param records the log as it was answered, one canonical record each
 * @param version the head's version; {@code root} and {@code logRoot} are the head's too
 * @param documentVersion the version of {@code document}
 * @param document the whole document
 */
public record History(
    SpaceName space,
    List<String> records,
    long version,
    Hash root,
    Hash logRoot,
    long documentVersion,
    Json.Obj document) {
  public History {
    records = List.copyOf(records);
  }
}
