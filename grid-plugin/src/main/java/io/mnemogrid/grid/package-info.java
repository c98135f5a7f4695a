/**
 * Hazelcast: the distributed map and its entry processors, routing to the committer, the doorbell
 * topic, and requests between members.
 */
@NullMarked
package io.mnemogrid.grid;

import org.jspecify.annotations.NullMarked;
