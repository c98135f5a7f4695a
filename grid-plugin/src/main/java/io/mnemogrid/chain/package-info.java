/** Anchors: an EVM chain through web3j, and the local notary; and the keys of both. */
@NullMarked
package io.mnemogrid.chain;

import org.jspecify.annotations.NullMarked;
