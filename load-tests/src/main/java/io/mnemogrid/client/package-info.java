/** The HTTP client of all drills, and the form of a member's answers. */
@NullMarked
package io.mnemogrid.client;

import org.jspecify.annotations.NullMarked;
