/**
 * The whole grid in one thread, from one seed: the real committer, resolver, replica feed, lease,
 * map merge and store clock, over a simulated network, store and clocks; and their known-bad twins.
 */
@NullMarked
package io.mnemogrid.sim;

import org.jspecify.annotations.NullMarked;
