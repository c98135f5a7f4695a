package io.mnemogrid.audit;

/**
 * Something that a store says and that differs from what was recomputed, or from what others show.
 *
 * @param where the place, such as a space and its version
 * @param what what does not agree there
 */
public record Mismatch(String where, String what) {}
