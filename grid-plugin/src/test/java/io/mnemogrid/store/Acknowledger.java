package io.mnemogrid.store;

import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.UpdateLog.Appended;
import io.mnemogrid.state.SpaceName;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/**
 * A process that appends groups to a SQLite file and prints a line for each that was acknowledged:
 * file, whether it is durable, how many groups.
 */
final class Acknowledger {
  static final String MARK = "acknowledged-";

  private Acknowledger() {}

  public static void main(String[] args) {
    SqliteDialect.Synchronous synchronous =
        Boolean.parseBoolean(args[1])
            ? SqliteDialect.Synchronous.FULL
            : SqliteDialect.Synchronous.OFF;
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (SqliteStore store = SqliteStore.open(Path.of(args[0]), synchronous)) {
      SpaceName space = new SpaceName("traced");
      store.log().create(space, "{}");
      Scribe scribe = new Scribe(space);
      for (int group = 1; group <= Integer.parseInt(args[2]); group++) {
        List<Appended> outcome = store.log().append(List.of(scribe.batch("g" + group + "-", 5)));
        if (!outcome.equals(List.of(new Appended.Committed()))) {
          throw new IllegalStateException("not committed: " + outcome);
        }
        out.print(MARK + group + "\n");
      }
    }
  }
}
