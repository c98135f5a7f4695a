/**
 * A client of mnemogrid for Java 17 and later, without a dependency. {@link
 * io.mnemogrid.client.Client} is where to begin; {@link io.mnemogrid.client.Bundles} checks proofs
 * without a server.
 */
package io.mnemogrid.client;
