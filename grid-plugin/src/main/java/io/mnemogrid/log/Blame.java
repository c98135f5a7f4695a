package io.mnemogrid.log;

import io.mnemogrid.state.Pointer;

/**
 * Who set what stands at a place.
 *
 * @param leaf the newest leaf at or below the place, or the array that holds it
 * @param update the record that wrote the leaf
 */
public record Blame(Pointer leaf, Update update) {}
