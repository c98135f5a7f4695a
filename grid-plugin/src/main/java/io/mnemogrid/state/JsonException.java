package io.mnemogrid.state;

import java.util.function.Supplier;

/**
 * A JSON text or value that FORMATS §1 refuses; {@link #pointer()} is the place of the offender.
 */
public final class JsonException extends IllegalArgumentException {
  private static final long serialVersionUID = 1;
  private final String pointer;
  private final String detail;

  /** Refuses what stands at {@code pointer} of the text, saying why. */
  public JsonException(String pointer, String detail) {
    super((pointer.isEmpty() ? "at the root" : "at " + pointer) + ": " + detail);
    this.pointer = pointer;
    this.detail = detail;
  }

  /**
   * What {@code reader} makes of the value at {@code pointer}.
   *
   * @throws JsonException naming that place where the reader throws another {@link
   *     IllegalArgumentException}
   */
  public static <T> T at(String pointer, Supplier<T> reader) {
    try {
      return reader.get();
    } catch (JsonException e) {
      throw e;
    } catch (IllegalArgumentException e) {
      throw new JsonException(pointer, String.valueOf(e.getMessage()));
    }
  }

  /** JSON Pointer of the offender in the text that was read. */
  public String pointer() {
    return pointer;
  }

  /** What is wrong there. */
  public String detail() {
    return detail;
  }
}
