package io.mnemogrid.checkpoint;

import java.io.Serializable;
import java.util.regex.Pattern;

/** The address of the member that prepares checkpoints: {@code 0x} and 40 lower-case hex digits. */
public record Address(String text) implements Serializable {
  private static final Pattern FORM = Pattern.compile("0x[0-9a-f]{40}");

  public Address {
    if (!FORM.matcher(text).matches()) {
      throw new IllegalArgumentException("an address is 0x and 40 lower-case hex digits");
    }
  }

  @Override
  public String toString() {
    return text;
  }
}
