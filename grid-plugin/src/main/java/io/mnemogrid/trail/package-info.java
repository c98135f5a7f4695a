/** Who did what over HTTP: entries, the sheets they stand on, and the chain of these. */
@NullMarked
package io.mnemogrid.trail;

import org.jspecify.annotations.NullMarked;
