/**
 * One hash for all spaces: heads, header, manifest, the rules before one is written, bundles and
 * their verifier, and the ports for the chain, the lease, what the audit found, checkpoints, blobs
 * and settings.
 */
@NullMarked
package io.mnemogrid.checkpoint;

import org.jspecify.annotations.NullMarked;
