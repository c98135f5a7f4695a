/** Benchmarks beside peers, each in the same run. */
@NullMarked
package io.mnemogrid.bench;

import org.jspecify.annotations.NullMarked;
