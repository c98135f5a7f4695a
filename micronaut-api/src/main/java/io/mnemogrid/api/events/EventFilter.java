package io.mnemogrid.api.events;

import io.mnemogrid.api.http.Params;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Pointer;
import org.jspecify.annotations.Nullable;

/**
 * Which updates a stream wants, and how.
 *
 * @param path only those that changed a leaf at, above or below it; null for all
 * @param author only those of this author; null for all
 * @param values whether records are sent with the values that they set
 */
record EventFilter(@Nullable Pointer path, @Nullable Author author, boolean values) {
  /** The filter that the parameters of a request name. */
  static EventFilter of(@Nullable String path, @Nullable String author, @Nullable String values) {
    return new EventFilter(
        path == null ? null : Params.read("path", path, Pointer::parsePath),
        author == null ? null : Params.read("author", author, Author::new),
        values == null || Params.yes("values", values));
  }

  boolean wants(Update update) {
    return (author == null || author.equals(update.fields().author()))
        && (path == null || update.fields().changes().touch(path));
  }
}
