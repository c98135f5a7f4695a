/**
 * Drills: members are killed, stopped, restarted or overloaded while they work, and what they
 * promised is checked.
 */
@NullMarked
package io.mnemogrid.drill;

import org.jspecify.annotations.NullMarked;
