package io.mnemogrid.command;

import java.io.PrintStream;

/** A command with its options set. */
public interface Action {
  /**
   * Does it and returns the number that the process ends with, an {@link ExitCode} or that of a
   * process that it stands for.
   *
   * @throws CommandFailure with the sentence and the code, when it cannot
   */
  int run(PrintStream out, PrintStream err) throws Exception;
}
