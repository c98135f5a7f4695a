/** Anchors: an EVM chain through web3j, and the local notary. */
@NullMarked
package io.mnemogrid.chain;

import org.jspecify.annotations.NullMarked;
