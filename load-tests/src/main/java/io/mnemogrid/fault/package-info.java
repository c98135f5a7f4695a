/** What is done to a grid, and undone. */
@NullMarked
package io.mnemogrid.fault;

import org.jspecify.annotations.NullMarked;
