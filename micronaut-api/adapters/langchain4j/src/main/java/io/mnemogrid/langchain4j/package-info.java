/** The memory of chats of LangChain4j, kept in a space that any number of agents share. */
@NullMarked
package io.mnemogrid.langchain4j;

import org.jspecify.annotations.NullMarked;
