package io.mnemogrid.command;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The folder that the launcher stands in: a checkout with its build, or an unpacked package. All
 * files that a command starts are found from it. The launcher names the folder in the property
 * {@value #ROOT}.
 */
public record Installation(Path root) {
  /** The property with the launcher's folder. */
  public static final String ROOT = "mnemogrid.root";

  private static final String SHELL = "./mnemogrid";

  /**
   * The installation of this process: the folder that the launcher named, else the working folder.
   */
  public static Installation here() {
    return new Installation(Path.of(System.getProperty(ROOT, "")).toAbsolutePath());
  }

  /** Whether this is an unpacked package, with no sources and nothing to build. */
  public boolean isPackaged() {
    return !Files.exists(root.resolve("pom.xml"));
  }

  /** How users start commands, as help and sentences name it. */
  public static String shell() {
    return SHELL;
  }

  /** The launcher itself. */
  public Path launcher() {
    return root.resolve("mnemogrid");
  }

  /** The key of the API for a command, where its environment names one. */
  public Optional<String> key() {
    String named = System.getenv("MNEMOGRID_KEY");
    return Optional.ofNullable(named).filter(text -> !text.isBlank()).map(String::strip);
  }

  /** The file of issuers that commands trust, where the environment names one. */
  public Optional<Path> issuers() {
    String named = System.getenv("MNEMOGRID_CA");
    return Optional.ofNullable(named).filter(text -> !text.isBlank()).map(Path::of);
  }

  /** The data folder of whoever names none. */
  public Path data() {
    return root.resolve("data");
  }

  /** The jar that is started as a member, its libraries beside it. */
  public Path member() {
    Path folder = isPackaged() ? root.resolve("app") : root.resolve("micronaut-api/target");
    try (Stream<Path> files = Files.list(folder)) {
      return files
          .filter(file ->
              file.getFileName().toString().matches("mnemogrid-api-[^-]*(-SNAPSHOT)?\\.jar"))
          .findFirst()
          .orElseThrow(() -> noMember(folder));
    } catch (IOException e) {
      throw noMember(folder);
    }
  }

  private static CommandFailure noMember(Path folder) {
    return new CommandFailure(
        ExitCode.NOT_STARTED, "no member stands in " + folder + ": " + SHELL + " build");
  }

  /**
   * Gets the dev chain's program from npm where it is missing.
   *
   * @param instead what can be done without, for the sentence; or empty
   */
  public Path installAnvil(String instead) throws IOException, InterruptedException {
    if (!Files.isExecutable(anvil())) {
      Launcher.installPackages(root.resolve("contracts"), instead);
    }
    if (!Files.isExecutable(anvil())) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED, "npm has no dev chain for this kind of machine" + instead);
    }
    return anvil();
  }

  /** The dev chain's program, there or not. */
  public Path anvil() {
    return root.resolve("contracts/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil");
  }

  /** The program that runs this process. */
  public static Path java() {
    return Path.of(System.getProperty("java.home"), "bin", "java");
  }

  /** The flags of a JVM that holds a member of a grid, its heap among them. */
  public List<String> jvmFlags() {
    Path file = root.resolve("config/jvm.args");
    List<String> flags = new ArrayList<>();
    try {
      for (String line : Files.readAllLines(file)) {
        if (!line.isBlank() && !line.startsWith("#")) {
          flags.add(line.strip());
        }
      }
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.NOT_STARTED, "cannot read " + file, e);
    }
    String heap = System.getenv("MNEMOGRID_HEAP");
    if (heap != null && !heap.isEmpty()) {
      flags.add("-Xmx" + heap);
    }
    return flags;
  }
}
