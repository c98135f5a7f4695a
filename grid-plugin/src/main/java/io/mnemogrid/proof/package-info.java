/** Proofs over the state trie and the log tree, and the verifiers that check them. */
@NullMarked
package io.mnemogrid.proof;

import org.jspecify.annotations.NullMarked;
