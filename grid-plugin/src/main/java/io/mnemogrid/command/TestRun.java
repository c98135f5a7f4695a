package io.mnemogrid.command;

import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * {@code test}: every test of every module, contracts included. The launcher runs it from this
 * source, before anything is built, so it and what it calls need the JDK alone. However it ends,
 * the minutes of its parts come last, and what was skipped.
 */
final class TestRun {
  /** As the launcher lists them. */
  static final String MODULES =
      "grid-plugin micronaut-api micronaut-api/clients/java micronaut-api/adapters/langchain4j"
          + " micronaut-api/adapters/spring-ai load-tests";

  private static final String MAVEN = "Maven, of which the tests of";

  private final Installation installation;
  private final Map<String, Duration> parts = Collections.synchronizedMap(new LinkedHashMap<>());

  private TestRun(Installation installation) {
    this.installation = installation;
  }

  /** A part of the run; returns its exit code. */
  private interface Part {
    int play() throws IOException, InterruptedException;
  }

  static void main(String[] args) throws IOException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    TestRun run = new TestRun(Installation.here());
    Instant began = Instant.now();
    Runtime.getRuntime().addShutdownHook(new Thread(() -> run.summarize(began, out)));
    int code;
    try {
      code = args.length == 0 ? run.all() : run.some(List.of(args));
    } catch (CommandFailure e) {
      System.err.println("mnemogrid: " + e.getMessage());
      code = e.exit().code();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      code = ExitCode.CANNOT_TELL.code();
    }
    System.exit(code);
  }

  private void summarize(Instant began, PrintStream out) {
    try {
      TestReports.print(installation.root(), began, new LinkedHashMap<>(parts), out);
    } catch (IOException e) {
      System.err.println("mnemogrid: the reports cannot be read: " + e.getMessage());
    }
  }

  private int all() throws IOException, InterruptedException {
    Path root = installation.root();
    Path bundles = root.resolve("grid-plugin/target/bundles.jsonl");
    int code = before();
    if (code == 0) {
      // For the short form of its benchmark, and for patches that are played beside it.
      Launcher.installPackages(root.resolve("load-tests/proofs-peer"), "");
      Launcher.installPackages(root.resolve("grid-plugin/patches-peer"), "");
      Launcher.installPackages(root.resolve("micronaut-api/mcp-clients"), "");
      code =
          part(
              MAVEN,
              () ->
                  Launcher.call(
                      installation,
                      List.of("with_build_lock", "noting_built", MODULES, "verify_all")));
    }
    // Other verifiers judge the bundles that the first one's tests have just made.
    if (code == 0) {
      code =
          part("verifier", () -> script(Map.of("BUNDLES", bundles), "micronaut-api/verifier/ci"));
    }
    if (code == 0) {
      code =
          part(
              "Python client",
              () -> script(Map.of("BUNDLES", bundles), "micronaut-api/clients/python/ci"));
    }
    return code != 0
        ? code
        : part(
            "bundles by the contract",
            () -> script(Map.of(), "contracts/bin/bundles", bundles.toString()));
  }

  /** Maven's arguments say which tests. */
  private int some(List<String> arguments) throws IOException, InterruptedException {
    int code = before();
    List<String> words = new ArrayList<>(List.of("with_build_lock", "verify_all"));
    words.addAll(arguments);
    return code != 0 ? code : part(MAVEN, () -> Launcher.call(installation, words));
  }

  private int before() throws IOException, InterruptedException {
    int code =
        Files.isExecutable(installation.root().resolve("contracts/ci"))
            ? part("contracts", () -> script(Map.of(), "contracts/ci"))
            : 0;
    // Drills recompute checkpoints with the verifier.
    return code != 0
        ? code
        : part(
            "building the verifier",
            () -> {
              Launcher.buildVerifier(installation);
              return 0;
            });
  }

  private int part(String name, Part part) throws IOException, InterruptedException {
    Instant began = Instant.now();
    try {
      return part.play();
    } finally {
      parts.put(name, Duration.between(began, Instant.now()));
    }
  }

  private int script(Map<String, Path> environment, String script, String... arguments)
      throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(installation.root().resolve(script).toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).inheritIO();
    environment.forEach((name, value) -> builder.environment().put(name, value.toString()));
    return builder.start().waitFor();
  }
}
