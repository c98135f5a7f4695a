package io.mnemogrid.bench;

import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Processes;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The server as it was before HTTP was made faster, built from the history of this checkout. The
 * jar and its libraries are kept below {@code target/}, so it is built once.
 */
final class EarlierServer {
  /** The commit, and the beginning of its hash, as the rows name it. */
  static final String COMMIT = "fb3987cb12d48285ed36f05768e3b6fbf6c35c72";

  static final String NAME = "server of " + COMMIT.substring(0, 7);

  /** Sources the launcher, whose function calls Maven; what is printed there is no figure. */
  private static final String CALL = "source \"$1\"; \"${@:2}\" >&2";

  private EarlierServer() {}

  /** It cannot be had; the message says why and what can be done. */
  static final class Missing extends Exception {
    private static final long serialVersionUID = 1;

    Missing(String message) {
      super(message);
    }
  }

  /** The jar, its libraries beside it. Tells on {@code err} what takes long. */
  static Path jar(Installation checkout, PrintStream err)
      throws IOException, InterruptedException, Missing {
    Path kept = checkout.root().resolve("target/bench/" + COMMIT);
    if (!Files.isDirectory(kept)) {
      build(checkout, kept, err);
    }
    try (Stream<Path> files = Files.list(kept)) {
      return files
          .filter(file -> file.getFileName().toString().matches("mnemogrid-api-.*\\.jar"))
          .findFirst()
          .orElseThrow(() -> new Missing("no jar stands in " + kept + ": delete that folder"));
    }
  }

  private static void build(Installation checkout, Path kept, PrintStream err)
      throws IOException, InterruptedException, Missing {
    String root = checkout.root().toString();
    for (String program : List.of("git", "tar", "mvn")) {
      if (!Processes.isOnPath(program)) {
        throw new Missing(program + " is missing, which building it needs");
      }
    }
    if (run(err, List.of("git", "-C", root, "cat-file", "-e", COMMIT + "^{commit}")) != 0) {
      throw new Missing(
          "the history of "
              + root
              + " does not have that commit: git fetch --unshallow, in a clone of the repository");
    }
    err.println(
        "mnemogrid: building the server of " + COMMIT.substring(0, 7) + ", once; about a minute");
    Files.createDirectories(kept.getParent());
    Path folder = Files.createTempDirectory("mnemogrid-earlier");
    try {
      Path archive = folder.resolve("source.tar");
      Path source = Files.createDirectories(folder.resolve("source"));
      must(err, List.of("git", "-C", root, "archive", "-o", archive.toString(), COMMIT));
      must(err, List.of("tar", "-xf", archive.toString(), "-C", source.toString()));
      List<String> maven =
          new ArrayList<>(
              List.of("bash", "-c", CALL, "mnemogrid", checkout.launcher().toString(), "maven"));
      maven.addAll(List.of("-B", "-q", "-ntp", "-f", source.resolve("pom.xml").toString()));
      maven.addAll(List.of("-pl", "grid-plugin,micronaut-api"));
      maven.addAll(List.of("-Dmaven.test.skip=true", "-Dspotless.check.skip=true"));
      maven.addAll(List.of("-Djacoco.skip=true", "package"));
      must(err, maven);
      keep(source.resolve("micronaut-api/target"), kept);
    } finally {
      CommitsBench.delete(folder);
    }
  }

  /** Copies jar and libraries, and moves them in one step to where they are looked for. */
  private static void keep(Path built, Path kept) throws IOException {
    Path whole = Files.createTempDirectory(kept.getParent(), "new");
    try (Stream<Path> files = Files.list(built)) {
      for (Path file : files.filter(each -> each.toString().endsWith(".jar")).toList()) {
        Files.copy(file, whole.resolve(file.getFileName()));
      }
    }
    Path lib = Files.createDirectory(whole.resolve("lib"));
    try (Stream<Path> files = Files.list(built.resolve("lib"))) {
      for (Path file : files.toList()) {
        Files.copy(file, lib.resolve(file.getFileName()));
      }
    }
    Files.move(whole, kept);
  }

  private static void must(PrintStream err, List<String> command)
      throws IOException, InterruptedException, Missing {
    if (run(err, command) != 0) {
      throw new Missing("it could not be built (see above): " + String.join(" ", command));
    }
  }

  private static int run(PrintStream err, List<String> command)
      throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      lines.lines().forEach(err::println);
    }
    return process.waitFor();
  }
}
