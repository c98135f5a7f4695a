/** The table of all settings: their names, what they take, their defaults. */
@NullMarked
package io.mnemogrid.setting;

import org.jspecify.annotations.NullMarked;
