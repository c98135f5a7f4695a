package io.mnemogrid.state;

import org.jspecify.annotations.Nullable;

/**
 * A change of an update that lost, and to whom.
 *
 * @param path where it would have stood
 * @param value as sent, or null for a delete
 * @param by author of the greatest rival
 * @param byVersion version of that rival
 */
public record Superseded(Pointer path, @Nullable Json value, Author by, long byVersion) {}
