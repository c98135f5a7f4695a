/** The commands on proofs, on a store and on a running member: what an operator runs. */
@NullMarked
package io.mnemogrid.tool;

import org.jspecify.annotations.NullMarked;
