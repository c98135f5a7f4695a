package io.mnemogrid.store;

import io.mnemogrid.log.UpdateLogContractTest;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;

/** A process that appends: file, space, name, count. */
final class Appender {
  private Appender() {}

  public static void main(String[] args) {
    try (SqliteStore store = SqliteStore.open(Path.of(args[0]))) {
      UpdateLogContractTest.appendInTurn(
          store.log(), new SpaceName(args[1]), args[2], Integer.parseInt(args[3]));
    }
  }
}
