/**
 * The document of a space as an immutable value: names, pointers, canonical JSON, cells, the state
 * trie.
 */
@NullMarked
package io.mnemogrid.state;

import org.jspecify.annotations.NullMarked;
