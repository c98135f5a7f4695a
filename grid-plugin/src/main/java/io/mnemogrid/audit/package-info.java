/** Recomputes what a store says: a space, the checkpoints, the claims of others. */
@NullMarked
package io.mnemogrid.audit;

import org.jspecify.annotations.NullMarked;
