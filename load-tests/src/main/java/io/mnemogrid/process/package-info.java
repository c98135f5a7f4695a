/** Processes that a drill starts, stops, cuts off and ends: members, a chain, a database. */
@NullMarked
package io.mnemogrid.process;

import org.jspecify.annotations.NullMarked;
