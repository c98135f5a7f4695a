package io.mnemogrid.state;

import java.io.Serializable;

/**
 * The id that an author gives to one update: 1–128 characters of {@code [A-Za-z0-9._:@-]}, unique
 * in its space for ever.
 */
public record UpdateId(String text) implements Serializable {
  public UpdateId {
    Names.check("an update_id", text);
  }

  @Override
  public String toString() {
    return text;
  }
}
