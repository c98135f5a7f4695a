package io.mnemogrid.client;

/**
 * An event of a space.
 *
 * @param kind {@code commit}, {@code superseded}, {@code policy}, {@code checkpoint} or {@code
 *     held}; later versions may have more
 * @param id where to go on after it, {@code <version>.<16 hex>}
 * @param data what it tells
 */
public record Event(String kind, String id, Json data) {
  /** Whether it is a new version. */
  public boolean isCommit() {
    return kind.equals("commit");
  }

  /** The version that it is about, of a checkpoint the one up to which all are final. */
  public long version() {
    return BadAnswerException.reading(() ->
        Shape.of(data)
            .member(kind.equals("checkpoint") ? "finalized_version" : "version")
            .integer(0));
  }

  /** The record of a commit; without values in it where they were left out. */
  public Update update() {
    return BadAnswerException.reading(() -> Update.of(data));
  }
}
