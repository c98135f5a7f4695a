package io.mnemogrid.setting;

/**
 * A setting that nobody knows, or a value that it does not take. The message is one sentence that
 * names the setting, the value unless it may be secret, and the way out.
 */
public final class InvalidSetting extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  /** An exception with that sentence. */
  public InvalidSetting(String sentence) {
    super(sentence);
  }
}
