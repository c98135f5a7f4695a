/** Writers, readers and bots, and the journals of what they were answered. */
@NullMarked
package io.mnemogrid.traffic;

import org.jspecify.annotations.NullMarked;
