package io.mnemogrid;

/** A space is not created: the grid has as many as its settings allow. */
public final class TooManySpaces extends IllegalStateException {
  private static final long serialVersionUID = 1;

  /** Names the space that was to be created, and the limit. */
  public TooManySpaces(String space, int most) {
    super("space " + space + " would be one more than the " + most + " that this grid may have");
  }
}
