/** Who may do what: keys, their roles, and the names they are granted. */
@NullMarked
package io.mnemogrid.policy;

import org.jspecify.annotations.NullMarked;
