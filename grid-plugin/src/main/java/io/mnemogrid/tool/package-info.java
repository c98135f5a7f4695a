/** What an operator runs: proofs, a store, its audit. */
@NullMarked
package io.mnemogrid.tool;

import org.jspecify.annotations.NullMarked;
