/** The history of a space: update records, snapshots, and the port behind which they are kept. */
@NullMarked
package io.mnemogrid.log;

import org.jspecify.annotations.NullMarked;
