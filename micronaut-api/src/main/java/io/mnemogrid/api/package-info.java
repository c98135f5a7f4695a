/**
 * A member behind HTTP: requests are read once at the edge, answers are canonical JSON. A request
 * comes through {@code door}, is known by {@code keys}, waits for its turn in {@code limits} and is
 * answered by a controller of {@code spaces}, {@code proofs} or {@code operations}. {@code trail}
 * records what is to be told of it.
 */
@NullMarked
package io.mnemogrid.api;

import org.jspecify.annotations.NullMarked;
