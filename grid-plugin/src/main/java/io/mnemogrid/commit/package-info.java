/**
 * Committer, replica feed and lease as state machines: a message or a tick goes in, actions come
 * out; no threads, no clock, no I/O.
 */
@NullMarked
package io.mnemogrid.commit;

import org.jspecify.annotations.NullMarked;
