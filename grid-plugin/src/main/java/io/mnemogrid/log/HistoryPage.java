package io.mnemogrid.log;

import java.util.List;

/**
 * Some of the updates that changed a place, oldest first. A page may be empty without being the
 * last.
 *
 * @param next the version after which to go on, or 0 when the log was read to its end
 */
public record HistoryPage(List<Update> updates, long next) {
  public HistoryPage {
    updates = List.copyOf(updates);
  }
}
