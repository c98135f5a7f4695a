/** What an operator asks: health, members, audits. */
@NullMarked
package io.mnemogrid.api.operations;

import org.jspecify.annotations.NullMarked;
