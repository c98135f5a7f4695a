/** Collective memory: notes of writers, and the pure functions that join them into one state. */
@NullMarked
package io.mnemogrid.memory;

import org.jspecify.annotations.NullMarked;
