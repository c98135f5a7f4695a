package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.Envelope;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Terminal;
import io.mnemogrid.tool.UseCommand.Shown;
import java.io.PrintStream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How a command answers: for people, for programs, or for agents. */
final class OutputOptions {
  /** How an answer is written. */
  enum Format {
    json,
    table
  }

  @Option(
      names = {"-o", "--output"},
      paramLabel = "FORMAT",
      description = "${COMPLETION-CANDIDATES} (default table on a terminal, json otherwise)")
  private @Nullable Format format;

  @Option(
      names = "--agent",
      description = "one JSON object on standard output, whatever happens (docs/cli.md)")
  private boolean agent;

  private final long began = System.nanoTime();

  boolean isAgent() {
    return agent;
  }

  boolean isTable() {
    return format == null ? Terminal.isRead() : format == Format.table;
  }

  /** {@link System#nanoTime} when the command began. */
  long began() {
    return began;
  }

  /** Writes what came of a command, and says how the process ends. */
  ExitCode show(String command, Shown shown, PrintStream out, PrintStream err) {
    return show(command, shown, isTable(), out, err);
  }

  /** As {@link #show}; where nobody said how, for people, also where no terminal reads. */
  ExitCode showToPeople(String command, Shown shown, PrintStream out, PrintStream err) {
    return show(command, shown, format != Format.json, out, err);
  }

  private ExitCode show(
      String command, Shown shown, boolean toPeople, PrintStream out, PrintStream err) {
    CommandFailure but = shown.but();
    if (agent) {
      out.println(
          but == null
              ? Envelope.ok(command, began, shown.data().canonical())
              : Envelope.error(command, began, but));
      return but == null ? ExitCode.OK : but.exit();
    }
    if (toPeople) {
      shown.people().accept(out);
    } else {
      out.println(shown.data().canonical());
    }
    if (but != null) {
      err.println("mnemogrid: " + but.getMessage());
      return but.exit();
    }
    return ExitCode.OK;
  }
}
