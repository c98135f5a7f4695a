/** What a reader can check without trusting the server: proofs, checkpoints, blobs. */
@NullMarked
package io.mnemogrid.api.proofs;

import org.jspecify.annotations.NullMarked;
