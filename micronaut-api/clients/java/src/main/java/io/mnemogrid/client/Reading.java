package io.mnemogrid.client;

/**
 * What stood at a path at one version.
 *
 * @param value the value
 * @param version the version of the space that was read
 * @param etag the tag of that version, with its quotes; for {@code ifMatch} and for events
 */
public record Reading(Json value, long version, String etag) {
  static Reading of(Answer answer) {
    String etag = answer.etag();
    return new Reading(answer.json(), versionIn(etag), etag);
  }

  /** The version in a tag, {@code "<version>.<16 hex>"}. */
  static long versionIn(String etag) {
    int from = etag.startsWith("\"") ? 1 : 0;
    int dot = etag.indexOf('.');
    try {
      return Long.parseLong(etag.substring(from, Math.max(from, dot)));
    } catch (NumberFormatException e) {
      throw new BadAnswerException("no tag of a version: " + etag, e);
    }
  }
}
