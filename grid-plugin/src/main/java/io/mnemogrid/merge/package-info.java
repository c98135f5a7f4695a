/** What a commit means: the delta as sent, the resolver, and its answers. Pure functions only. */
@NullMarked
package io.mnemogrid.merge;

import org.jspecify.annotations.NullMarked;
