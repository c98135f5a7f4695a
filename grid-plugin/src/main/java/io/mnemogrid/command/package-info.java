/**
 * What every command of {@code ./mnemogrid} shares, whichever module has it: the table of all
 * commands, exit codes, errors as sentences, help and completion, and where things lie. It knows
 * nothing of the memory itself.
 */
@NullMarked
package io.mnemogrid.command;

import org.jspecify.annotations.NullMarked;
