package io.mnemogrid.signature;

import java.io.Serializable;

/**
 * That a delta's author signed it, as the member found that took it.
 *
 * @param authors the version of {@link AuthorKeys#SPACE} at which the key was the author's
 * @param signature which held
 */
public record Proven(long authors, AuthorSignature signature) implements Serializable {}
