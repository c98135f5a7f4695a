package io.mnemogrid.client;

/**
 * The newest version of a space.
 *
 * @param space the space
 * @param version 0 before the first update
 * @param root the state root
 * @param logRoot the root of the history
 * @param leaves leaves of the document
 * @param finalizedVersion the greatest version that a final checkpoint covers
 * @param auditedVersion up to here the audit has recomputed the space
 */
public record Head(
    String space,
    long version,
    Hash root,
    Hash logRoot,
    long leaves,
    long finalizedVersion,
    long auditedVersion) {
  static Head of(Shape head) {
    return BadAnswerException.reading(() ->
        new Head(
            head.member("space").space(),
            head.member("version").integer(0),
            head.member("root").hash(),
            head.member("log_root").hash(),
            head.member("leaves").integer(0),
            head.member("finalized_version").integer(0),
            head.member("audited_version").integer(0)));
  }
}
