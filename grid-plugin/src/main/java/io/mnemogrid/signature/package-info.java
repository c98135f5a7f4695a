/**
 * Authors that sign: Ed25519 keys (RFC 8032), what is signed, where the keys stand, and whether a
 * record says what was signed.
 */
@NullMarked
package io.mnemogrid.signature;

import org.jspecify.annotations.NullMarked;
