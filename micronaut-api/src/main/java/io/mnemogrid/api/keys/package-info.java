/**
 * Who asks and what they may: one filter before the controllers, and the calls that make and end
 * keys.
 */
@NullMarked
package io.mnemogrid.api.keys;

import org.jspecify.annotations.NullMarked;
