/** A member behind HTTP: requests are read once at the edge, answers are canonical JSON. */
@NullMarked
package io.mnemogrid.api;

import org.jspecify.annotations.NullMarked;
