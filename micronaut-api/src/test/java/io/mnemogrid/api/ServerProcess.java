package io.mnemogrid.api;

import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A member in a process of its own, started as the launcher starts it, on ports that are free. */
final class ServerProcess implements AutoCloseable {
  private static final int PATIENCE_SECONDS = 240;

  private final Process process;
  private final Path log;
  private final int port;

  private ServerProcess(Process process, Path log, int port) {
    this.process = process;
    this.log = log;
    this.port = port;
  }

  /** Starts one in that folder. */
  static ServerProcess start(Path folder, Map<String, String> environment, String... jvmFlags)
      throws IOException {
    return startBehind(List.of(), folder, environment, jvmFlags);
  }

  /**
   * Starts one as the last arguments of a command, which must become the server.
   *
   * @param before that command; may be empty
   */
  static ServerProcess startBehind(
      List<String> before, Path folder, Map<String, String> environment, String... jvmFlags)
      throws IOException {
    int port = RunningServer.freePort();
    Path log = Files.createTempFile(folder, "member", ".log");
    List<String> command = new ArrayList<>(before);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(command::add);
    command.add("-Xmx512m");
    command.addAll(List.of(jvmFlags));
    command.addAll(List.of("-cp", System.getProperty("java.class.path"), Server.class.getName()));
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    builder.environment().put("MNEMOGRID_DATA", folder.resolve("data").toString());
    builder.environment().put("MNEMOGRID_HTTP_PORT", Integer.toString(port));
    builder.environment().put("MNEMOGRID_GRID_PORT", "" + RunningServer.freePort());
    builder.environment().put("MNEMOGRID_CLUSTER", folder.getFileName().toString());
    builder.environment().put("MNEMOGRID_ANCHOR", "notary");
    builder.environment().putAll(environment);
    return new ServerProcess(builder.start(), log, port);
  }

  int port() {
    return port;
  }

  long pid() {
    return process.pid();
  }

  boolean isAlive() {
    return process.isAlive();
  }

  String log() throws IOException {
    return Files.readString(log, StandardCharsets.UTF_8);
  }

  /** Its exit code, once it has ended by itself. */
  int exitCode() throws IOException, InterruptedException {
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      throw new IllegalStateException("it goes on: " + log());
    }
    return process.exitValue();
  }

  /** Kills it as kill -9 does. */
  void kill() throws InterruptedException {
    process.destroyForcibly().waitFor();
  }

  @Override
  public void close() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
