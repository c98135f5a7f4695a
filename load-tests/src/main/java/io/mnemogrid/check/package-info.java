/** Holds what was answered and shown against the log; knows its format and nothing of a member. */
@NullMarked
package io.mnemogrid.check;

import org.jspecify.annotations.NullMarked;
