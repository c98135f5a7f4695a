package io.mnemogrid.command.load;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The folder of one run of a drill. It is deleted when all held; else it stays, with its logs. */
final class Workplace {
  /** The drill that runs in the folder; it returns its exit code. */
  interface Play {
    int in(Path folder) throws Exception;
  }

  private Workplace() {}

  /**
   * Makes the folder: the one that the user named, which must be empty, or else a temporary one.
   */
  static Path make(String name, @Nullable Path named) throws IOException {
    if (named == null) {
      String temporary = System.getenv().getOrDefault("TMPDIR", "");
      return temporary.isEmpty()
          ? Files.createTempDirectory("mnemogrid-" + name + ".")
          : Files.createTempDirectory(Path.of(temporary), "mnemogrid-" + name + ".");
    }
    if (Files.exists(named)) {
      try (Stream<Path> files = Files.list(named)) {
        if (files.findAny().isPresent()) {
          throw new CommandFailure(
              ExitCode.CONFLICT, named + " is not empty: each run has its own");
        }
      }
    }
    return Files.createDirectories(named).toAbsolutePath();
  }

  /** Makes a folder and plays in it. When not all held, it prints where the folder is. */
  static int play(String name, @Nullable Path named, PrintStream err, Play play) throws Exception {
    Path folder = make(name, named);
    int code = ExitCode.CANNOT_TELL.code();
    try {
      code = play.in(folder);
      return code;
    } finally {
      if (code == ExitCode.OK.code()) {
        delete(folder);
      } else {
        err.println("mnemogrid: logs and data stand in " + folder);
      }
    }
  }

  /** Removes a folder and all in it. */
  static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }
}
