/** What is counted for {@code /prometheus}. */
@NullMarked
package io.mnemogrid.api.metrics;

import org.jspecify.annotations.NullMarked;
