package io.mnemogrid.client;

/**
 * The place from which events were followed is no longer in the history of the space: its store was
 * restored from an older copy. Read the document, and follow from its {@code ETag}.
 */
public final class OtherHistoryException extends MnemogridException {
  private static final long serialVersionUID = 1;

  /** What the member said of its head. */
  private final transient Json head;

  OtherHistoryException(String message, Json head) {
    super(message, null);
    this.head = head;
  }

  /** What the member said: of a {@code reset} its data, else the problem with the head in it. */
  public Json head() {
    return head;
  }
}
