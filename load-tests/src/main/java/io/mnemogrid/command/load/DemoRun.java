package io.mnemogrid.command.load;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Processes;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The run that the demo starts when none is there. It uses the folder that the user named, or else
 * a temporary one. The temporary folder is deleted at the end, unless something failed.
 */
final class DemoRun {
  private static final int START_TRIES = 1200;
  private static final int LOG_LINES = 20;
  private static final String UP = "\nmnemogrid is up";

  private final Process process;
  private final Path folder;
  private final boolean isOurs;
  private final PrintStream out;
  private final PrintStream err;
  private final AtomicBoolean stopped = new AtomicBoolean();

  private DemoRun(Process process, Path folder, boolean isOurs, PrintStream out, PrintStream err) {
    this.process = process;
    this.folder = folder;
    this.isOurs = isOurs;
    this.out = out;
    this.err = err;
  }

  /** The ports that the user named; the others are the first free ones. */
  record Ports(
      @Nullable Integer http, @Nullable Integer grid, @Nullable Integer chain, boolean hasChain) {
    List<String> options() {
      List<String> options = new ArrayList<>();
      options.addAll(List.of("--port", orFree(http, 8080)));
      options.addAll(List.of("--grid-port", orFree(grid, 5701)));
      options.addAll(
          hasChain ? List.of("--chain-port", orFree(chain, 8545)) : List.of("--no-chain"));
      return options;
    }

    private static String orFree(@Nullable Integer named, int from) {
      int port = named == null ? from : named;
      while (named == null && isTaken(port)) {
        port++;
      }
      return Integer.toString(port);
    }

    private static boolean isTaken(int port) {
      try (Socket socket = new Socket()) {
        socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), 1000);
        return true;
      } catch (IOException e) {
        return false;
      }
    }
  }

  static DemoRun start(
      Installation installation,
      @Nullable Path named,
      Ports ports,
      PrintStream out,
      PrintStream err)
      throws IOException {
    Path folder = named == null ? Workplace.make("demo", null) : named.toAbsolutePath();
    Path log;
    try {
      log = Files.createDirectories(folder.resolve("logs")).resolve("run.log");
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NOT_ALLOWED, "cannot write to " + folder + ": use --data DIR", e);
    }
    List<String> options = new ArrayList<>(List.of("--data", folder.toString()));
    options.addAll(ports.options());
    out.println("nothing runs here; starting ./mnemogrid run " + String.join(" ", options));
    // The run has a session of its own, so Ctrl-C reaches the demo alone: the demo ends the run in
    // order.
    List<String> command = new ArrayList<>(Processes.ownSession());
    command.addAll(List.of(installation.launcher().toString(), "run"));
    command.addAll(options);
    Process process =
        new ProcessBuilder(command)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .redirectOutput(log.toFile())
            .redirectErrorStream(true)
            .start();
    return new DemoRun(process, folder, named == null, out, err);
  }

  Path folder() {
    return folder;
  }

  /** Returns when the run says that it is up. */
  void awaitUp() throws IOException, InterruptedException {
    Path log = folder.resolve("logs/run.log");
    for (int i = 0; !Files.readString(log).contains(UP); i++) {
      if (!process.isAlive() || i == START_TRIES) {
        List<String> lines = Files.readAllLines(log);
        err.println("the last lines of " + log + ":");
        lines
            .subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
            .forEach(line -> err.println("  " + line));
        throw new CommandFailure(ExitCode.NOT_STARTED, "the run did not come up");
      }
      TimeUnit.MILLISECONDS.sleep(100);
    }
  }

  /** Ends the run; a second call does nothing. */
  void stop(int code) {
    if (stopped.getAndSet(true)) {
      return;
    }
    process.destroy(); // the launcher stops what it started
    try {
      process.waitFor();
      boolean isWell = code == ExitCode.OK.code() || code == 130;
      if (!isOurs) {
        out.println("stopped what the demo started; its data stands in " + folder);
      } else if (isWell) {
        Workplace.delete(folder);
        out.println("stopped what the demo started; its temporary data is gone");
      } else {
        err.println("mnemogrid: what the demo started left its logs and data in " + folder);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (IOException e) {
      err.println("mnemogrid: " + folder + " could not be removed: " + e.getMessage());
    }
  }
}
