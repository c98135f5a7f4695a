package io.mnemogrid.audit;

/**
 * Something that a store says and that is not what was recomputed, or not what others show.
 *
 * @param where the place, such as a space and its version
 * @param what does not agree there
 */
public record Mismatch(String where, String what) {}
