/** What the benchmark of HTTP adds to the server that it starts, and nobody ships. */
@NullMarked
package io.mnemogrid.api.peer;

import org.jspecify.annotations.NullMarked;
