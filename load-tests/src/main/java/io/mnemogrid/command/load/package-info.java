/** The drills, the benchmarks and the demo as commands of {@code ./mnemogrid}. */
@NullMarked
package io.mnemogrid.command.load;

import org.jspecify.annotations.NullMarked;
