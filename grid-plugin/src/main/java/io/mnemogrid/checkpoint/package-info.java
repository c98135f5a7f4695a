/**
 * One hash for all spaces: heads, header, manifest, the rules before one is written, and the ports
 * for chain and lease.
 */
@NullMarked
package io.mnemogrid.checkpoint;

import org.jspecify.annotations.NullMarked;
