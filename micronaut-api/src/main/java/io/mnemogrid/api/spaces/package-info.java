/** Spaces over HTTP: their heads, documents, updates, patches, histories. */
@NullMarked
package io.mnemogrid.api.spaces;

import org.jspecify.annotations.NullMarked;
