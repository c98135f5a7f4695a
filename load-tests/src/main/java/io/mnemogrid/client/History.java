package io.mnemogrid.client;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.List;

/**
 * What a space shows of itself while nobody writes.
 *
 * @param records the log as it was answered, one canonical record each
 * @param version of the head, with its {@code root} and {@code logRoot}
 * @param documentVersion of which {@code document} is the whole
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
