/** The threads of one process: the commit loop, what feeds its replicas, and its snapshots. */
@NullMarked
package io.mnemogrid.replica;

import org.jspecify.annotations.NullMarked;
