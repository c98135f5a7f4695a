/** The HTTP client of all drills, and what a member answers. */
@NullMarked
package io.mnemogrid.client;

import org.jspecify.annotations.NullMarked;
