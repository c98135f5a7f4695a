package io.mnemogrid.api.run;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Processes;
import io.mnemogrid.command.RunRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A process that is recorded in the data folder. It has a session of its own, so that Ctrl-C
 * reaches the launcher alone. It begins as a shell that waits for one line. The launcher records
 * the process first and then sends that line, upon which the shell becomes the command. If the
 * launcher dies before, the shell ends. So each command that runs is recorded, and a later run
 * finds it.
 */
final class Child {
  private static final String GATE =
      "umask 077; cd \"$1\" || exit 1; log=$2; shift 2; read -r _ || exit 1;"
          + " exec \"$@\" </dev/null >>\"$log\" 2>&1";

  private final Process process;

  private Child(Process process) {
    this.process = process;
  }

  /** Starts it, with its output added to {@code logs/NAME.log}. */
  static Child start(Path data, String name, List<String> command) throws IOException {
    List<String> gate = new ArrayList<>(Processes.ownSession());
    gate.addAll(List.of("sh", "-c", GATE, name, data.toString()));
    gate.add(data.resolve("logs").resolve(name + ".log").toString());
    gate.addAll(command);
    Process process =
        new ProcessBuilder(gate)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    RunRecord.of(process.pid(), command).write(data, name);
    try (OutputStream go = process.getOutputStream()) {
      go.write("go\n".getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.NOT_STARTED, "the " + name + " ended at once", e);
    }
    return new Child(process);
  }

  boolean isAlive() {
    return process.isAlive();
  }

  /**
   * Waits for its end and returns its exit code: 128 plus the signal's number if a signal ended it.
   */
  int exitCode() throws InterruptedException {
    return process.waitFor();
  }
}
