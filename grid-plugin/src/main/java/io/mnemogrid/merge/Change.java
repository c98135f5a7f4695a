package io.mnemogrid.merge;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import org.jspecify.annotations.Nullable;

/** One change that an author asks for. */
public sealed interface Change {
  /** Where. */
  Pointer path();

  /** The path as the request spelled it. */
  String sent();

  /** What the author says stands there now; judged only under {@code strict}. */
  @Nullable Json oldValue();

  /** Sets the path, whatever stands there. */
  record Put(Pointer path, String sent, Json value, @Nullable Json oldValue) implements Change {}

  /** Removes what stands at and below the path. */
  record Delete(Pointer path, String sent, @Nullable Json oldValue) implements Change {}
}
