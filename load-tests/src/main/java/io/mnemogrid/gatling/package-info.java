/**
 * Loads: fleets of bots that Gatling plays over HTTP against a grid, and what is checked afterwards
 * (docs/load.md). {@link io.mnemogrid.gatling.LoadRun} is the process of the command; the
 * simulations run in a JVM of their own.
 */
@NullMarked
package io.mnemogrid.gatling;

import org.jspecify.annotations.NullMarked;
