/**
 * Compares what was answered and shown with the log. It knows the formats and the store's rows, and
 * nothing of how a member works.
 */
@NullMarked
package io.mnemogrid.check;

import org.jspecify.annotations.NullMarked;
