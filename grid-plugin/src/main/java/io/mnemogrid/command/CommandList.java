package io.mnemogrid.command;

import io.mnemogrid.command.CommandTable.Row;
import io.mnemogrid.command.CommandTable.Section;
import java.io.PrintStream;

/** The help of all commands. It needs no model of them, so that it answers at once. */
final class CommandList {
  private CommandList() {}

  static void print(PrintStream out) {
    out.println("mnemogrid: one shared memory for a fleet of agents");
    int width = CommandTable.ROWS.stream().mapToInt(row -> row.name().length()).max().orElse(0);
    for (Section section : Section.values()) {
      out.println();
      out.println(Terminal.bold(section.title()));
      for (Row row : CommandTable.of(section)) {
        String gap = " ".repeat(width + 2 - row.name().length());
        out.println("  " + Terminal.bold(row.name()) + gap + row.summary());
      }
    }
    out.println();
    out.println(
        Installation.shell()
            + " help COMMAND shows its options; docs/command.md has the exit codes.");
    out.println(
        "MNEMOGRID_HEAP=2g is the heap of each JVM that it starts (a quarter of the memory, at most"
            + " 4 GiB).");
  }
}
