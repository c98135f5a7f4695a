/** The replicas of this process and the threads that feed them. */
@NullMarked
package io.mnemogrid.replica;

import org.jspecify.annotations.NullMarked;
