/** SQL behind the ports of log and checkpoint. */
@NullMarked
package io.mnemogrid.store;

import org.jspecify.annotations.NullMarked;
