/** The memory of chats of Spring AI, kept in a space that any number of agents share. */
@NullMarked
package io.mnemogrid.springai;

import org.jspecify.annotations.NullMarked;
