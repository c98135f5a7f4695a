package io.mnemogrid.command;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * What Java asks of the launcher and of npm: builds. The launcher's functions are called by name in
 * a shell that has sourced it, so that there is one way to call Maven, one lock and one stamp.
 */
public final class Launcher {
  private static final String CALL = "source \"$1\"; \"${@:2}\"";
  private static final String LIST = "package-lock.json";

  /** npm writes it last, so it is there only after a whole install. */
  private static final String INSTALLED = "node_modules/.package-lock.json";

  private Launcher() {}

  /** Runs a function of the launcher; returns its code. */
  public static int call(Installation installation, List<String> words)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of("bash", "-c", CALL, "mnemogrid", installation.launcher().toString()));
    command.addAll(words);
    return new ProcessBuilder(command).inheritIO().start().waitFor();
  }

  /**
   * The packages of a folder from npm, when they are missing or their list changed. One process at
   * a time installs them: npm begins by removing what another one has just put there.
   *
   * @param instead what can be done without, for the sentence; or empty
   */
  public static void installPackages(Path folder, String instead)
      throws IOException, InterruptedException {
    if (!Processes.isOnPath("node") || !Processes.isOnPath("npm")) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED, "npm is missing: install Node 20 or newer with npm" + instead);
    }
    if (areInstalled(folder)) {
      return;
    }
    try (FileChannel list =
            FileChannel.open(folder.resolve(LIST), StandardOpenOption.WRITE); // to lock it
        FileLock _ = list.lock()) {
      if (areInstalled(folder)) {
        return; // by another process meanwhile
      }
      System.err.println("installing the packages of " + folder.getFileName() + " from npm");
      npm(
          folder,
          List.of("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"),
          "npm could not install the packages of " + folder + " (see above): try again" + instead);
      touch(folder.resolve(INSTALLED));
    }
  }

  private static boolean areInstalled(Path folder) throws IOException {
    Path installed = folder.resolve(INSTALLED);
    return Files.exists(installed) && !isNewer(folder.resolve(LIST), installed);
  }

  /**
   * The TypeScript verifier, compiled when something changed; its own ci does it from the start.
   */
  public static Path buildVerifier(Installation installation)
      throws IOException, InterruptedException {
    Path folder = installation.root().resolve("micronaut-api/verifier");
    installPackages(folder, "");
    Path built = folder.resolve("dist/index.js");
    if (!Files.exists(built) || isAnythingNewer(folder, built)) {
      System.err.println("building the verifier");
      npm(folder, List.of("run", "--silent", "build"), "the verifier was not built (see above)");
      touch(built);
    }
    return folder;
  }

  private static boolean isAnythingNewer(Path folder, Path built) throws IOException {
    try (var files = Files.walk(folder.resolve("src"))) {
      for (Path file : files.toList()) {
        if (isNewer(file, built)) {
          return true;
        }
      }
    }
    return isNewer(folder.resolve("tsconfig.json"), built)
        || isNewer(folder.resolve("package-lock.json"), built);
  }

  private static boolean isNewer(Path file, Path other) throws IOException {
    return Files.getLastModifiedTime(file).compareTo(Files.getLastModifiedTime(other)) > 0;
  }

  private static void touch(Path file) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(Instant.now()));
  }

  private static void npm(Path folder, List<String> words, String failure)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of("npm"));
    command.addAll(words);
    // Its standard output would stand in the answer of the command that wants the packages.
    Process npm =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
            .start();
    npm.getInputStream().transferTo(System.err);
    if (npm.waitFor() != 0) {
      throw new CommandFailure(ExitCode.NOT_STARTED, failure);
    }
  }
}
