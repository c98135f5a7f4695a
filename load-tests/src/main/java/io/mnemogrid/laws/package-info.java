/** The laws of collective memory over random schedules, and broken twins that must be caught. */
@NullMarked
package io.mnemogrid.laws;

import org.jspecify.annotations.NullMarked;
