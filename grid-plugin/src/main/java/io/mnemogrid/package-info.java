/** One shared memory for a fleet of agents, as a library to embed. */
@NullMarked
package io.mnemogrid;

import org.jspecify.annotations.NullMarked;
