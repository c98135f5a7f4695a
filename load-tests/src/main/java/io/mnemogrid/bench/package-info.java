/** Benchmarks. Peers are measured beside the grid in the same run. */
@NullMarked
package io.mnemogrid.bench;

import org.jspecify.annotations.NullMarked;
