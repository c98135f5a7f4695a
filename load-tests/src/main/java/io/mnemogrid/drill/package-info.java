/** Drills: members are killed in the middle of their work, and what they promised is checked. */
@NullMarked
package io.mnemogrid.drill;

import org.jspecify.annotations.NullMarked;
