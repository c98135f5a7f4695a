package io.mnemogrid.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/**
 * {@code package}: a tar with the launcher, the member and its libraries. Unpacked anywhere it
 * needs a JDK alone; there is no dev chain in it, so {@code run} wants {@code --no-chain} there.
 */
@Command(name = "package")
public final class PackageCommand implements Action {
  private static final List<String> FILES =
      List.of("mnemogrid", "config/jvm.args", "LICENSE", "NOTICE", "README.md");

  @Parameters(
      arity = "0..1",
      paramLabel = "FILE",
      description = "where to write it (default target/mnemogrid-VERSION.tar.gz)")
  private @Nullable Path file;

  @Override
  public int run(PrintStream out, PrintStream err) throws IOException, InterruptedException {
    Installation installation = Installation.here();
    if (installation.isPackaged()) {
      throw new CommandFailure(ExitCode.NOT_STARTED, "this is a package already");
    }
    Path root = installation.root();
    Path member = installation.member();
    String name =
        member.getFileName().toString().replace("mnemogrid-api-", "mnemogrid-").replace(".jar", "");
    Path stage = root.resolve("target/package");
    delete(stage);
    Path top = stage.resolve(name);
    for (String each : FILES) {
      copy(root.resolve(each), top.resolve(each));
    }
    copy(member, top.resolve("app").resolve(member.getFileName()));
    try (Stream<Path> libraries = Files.list(member.resolveSibling("lib"))) {
      for (Path library : libraries.toList()) {
        copy(library, top.resolve("app/lib").resolve(library.getFileName()));
      }
    }
    Path tar = file == null ? root.resolve("target").resolve(name + ".tar.gz") : file;
    int code =
        new ProcessBuilder("tar", "-czf", tar.toString(), "-C", stage.toString(), name)
            .inheritIO()
            .start()
            .waitFor();
    delete(stage);
    if (code != 0) {
      throw new CommandFailure(ExitCode.CANNOT_TELL, "tar ended with " + code);
    }
    out.println("wrote " + tar + ": unpack it, then " + name + "/mnemogrid run --no-chain");
    return ExitCode.OK.code();
  }

  private static void copy(Path from, Path to) throws IOException {
    Path folder = to.getParent();
    if (folder != null) {
      Files.createDirectories(folder);
    }
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.COPY_ATTRIBUTES);
  }

  private static void delete(Path folder) throws IOException {
    if (!Files.exists(folder)) {
      return;
    }
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path each : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(each);
      }
    }
  }
}
