package io.mnemogrid.client;

/** A text that is no JSON as mnemogrid takes it (RFC 8785 over RFC 7493). */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;

  /** JSON Pointer of the offender in the text that was read. */
  private final String pointer;

  JsonException(String pointer, String detail) {
    super((pointer.isEmpty() ? "at the root" : "at " + pointer) + ": " + detail);
    this.pointer = pointer;
  }

  /** JSON Pointer of the offender in the text that was read. */
  public String pointer() {
    return pointer;
  }
}
