/** The demo: two bots in their own JVMs share DARYL's memory, and an outsider checks it. */
@NullMarked
package io.mnemogrid.demo;

import org.jspecify.annotations.NullMarked;
