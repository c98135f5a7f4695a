/** Finds secrets in what is written, such as keys and passwords, and cuts them out. */
@NullMarked
package io.mnemogrid.secret;

import org.jspecify.annotations.NullMarked;
