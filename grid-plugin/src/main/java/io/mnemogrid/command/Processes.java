package io.mnemogrid.command;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Programs of this machine, and how they are started apart from the terminal. */
public final class Processes {
  private Processes() {}

  /** What makes a command the first of a session: on Linux setsid, elsewhere Perl does it. */
  public static List<String> ownSession() {
    if (isOnPath("setsid")) {
      return List.of("setsid");
    }
    return isOnPath("perl")
        ? List.of("perl", "-MPOSIX", "-e", "POSIX::setsid(); exec @ARGV or exit 127")
        : List.of();
  }

  /** Whether there is such a program. */
  public static boolean isOnPath(String program) {
    for (String folder : System.getenv().getOrDefault("PATH", "").split(File.pathSeparator)) {
      if (Files.isExecutable(Path.of(folder, program))) {
        return true;
      }
    }
    return false;
  }
}
