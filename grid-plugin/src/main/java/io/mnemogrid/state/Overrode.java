package io.mnemogrid.state;

import org.jspecify.annotations.Nullable;

/**
 * A write that an update's author had not seen and beat.
 *
 * @param path the leaf that was written or removed
 * @param value what stood there, or null where it had been removed
 * @param author who had written it
 * @param version with which update
 */
public record Overrode(Pointer path, @Nullable Json value, Author author, long version) {}
