package io.mnemogrid.bench;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * {@code ./mnemogrid bench lost-writes}: how many writes are lost that were acknowledged, when
 * several processes of a memory server of MCP write at once; the reference server and ours, by the
 * same script ({@code micronaut-api/mcp-clients/lost-writes.mjs}).
 */
public final class LostWritesBench {
  private static final String REFERENCE = "@modelcontextprotocol/server-memory";
  private static final int PATIENCE_MINUTES = 10;

  /** A line of the table. */
  public record Line(int processes, Outcome reference, Outcome ours) {}

  /** What became of the writes of one run. */
  public record Outcome(long acknowledged, long lost, long refused, long milliseconds) {
    private static Outcome of(Json.Obj said) {
      return new Outcome(
          number(said, "acknowledged"),
          number(said, "lost"),
          number(said, "refused"),
          number(said, "milliseconds"));
    }

    private static long number(Json.Obj said, String name) {
      if (said.get(name) instanceof Json.Num number) {
        return (long) number.value();
      }
      throw new IllegalStateException("no " + name + " in " + said.canonical());
    }

    private String text() {
      return "%,7d acknowledged %,6d lost %,5d refused %,7d ms"
          .formatted(acknowledged, lost, refused, milliseconds);
    }
  }

  private final Path clients;
  private final Path folder;
  private final int writes;

  private LostWritesBench(Path clients, Path folder, int writes) {
    this.clients = clients;
    this.folder = folder;
    this.writes = writes;
  }

  /**
   * Plays both servers and prints the table.
   *
   * @param member jar of the packaged member
   * @param clients folder of the script, with its packages
   * @param processes of each line
   * @param writes of each process
   */
  public static List<Line> measure(
      Path member, Path clients, List<Integer> processes, int writes, PrintStream out)
      throws IOException, InterruptedException {
    Path folder = Files.createTempDirectory("mnemogrid-lost-writes");
    try {
      LostWritesBench bench = new LostWritesBench(clients, folder, writes);
      List<Integer> ports = Ports.free(2);
      List<Line> lines = new ArrayList<>();
      try (MemberProcess process =
          Launch.member(member)
              .data(folder.resolve("data"))
              .ports(ports.get(0), ports.get(1))
              .notary()
              .start(folder.resolve("member.log"))) {
        process.awaitHealthy(ports.get(0));
        out.printf("%d writes a process, all at once, each waits for its answer%n", writes);
        for (int count : processes) {
          Line line = new Line(count, bench.reference(count), bench.ours(count, ports.get(0)));
          lines.add(line);
          out.printf("%2d processes  %-36s %s%n", count, REFERENCE, line.reference.text());
          out.printf("              %-36s %s%n", "mnemogrid mcp --tools graph", line.ours.text());
        }
      }
      return lines;
    } finally {
      CommitsBench.delete(folder);
    }
  }

  private Outcome reference(int processes) throws IOException, InterruptedException {
    Path server = clients.resolve("node_modules/" + REFERENCE + "/dist/index.js");
    Path file = folder.resolve("memory-" + processes + ".jsonl");
    return play(
        processes, Map.of("MEMORY_FILE_PATH", file.toString()), List.of("node", server.toString()));
  }

  private Outcome ours(int processes, int port) throws IOException, InterruptedException {
    return play(
        processes,
        Map.of(),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx64m",
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "io.mnemogrid.command.Main",
            "mcp",
            "--url",
            "http://127.0.0.1:" + port,
            "--tools",
            "graph",
            "--space",
            "lost-writes-" + processes));
  }

  private Outcome play(int processes, Map<String, String> environment, List<String> server)
      throws IOException, InterruptedException {
    List<String> command =
        new ArrayList<>(
            List.of(
                clients.resolve("run").toString(),
                "lost-writes.mjs",
                String.valueOf(processes),
                String.valueOf(writes)));
    command.addAll(server);
    Path said = folder.resolve("said.json");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .redirectOutput(said.toFile());
    builder.environment().putAll(environment);
    Process process = builder.start();
    if (!process.waitFor(PATIENCE_MINUTES, TimeUnit.MINUTES)) {
      process.destroyForcibly();
      throw new IllegalStateException("the writers do not come to an end: " + server);
    }
    String text = Files.readString(said, StandardCharsets.UTF_8);
    if (process.exitValue() != 0) {
      throw new IllegalStateException("the writers ended with " + process.exitValue() + text);
    }
    return Outcome.of(Json.parseObject(text.strip()));
  }
}
