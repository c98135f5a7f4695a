package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Training;
import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * {@code bench start}: how long a short command takes from the shell to its last line. {@code java
 * -version} is measured beside them, since none of them can take less. The commands take turns, so
 * a busy moment of the machine hits all of them.
 */
@Command(
    name = "start",
    description =
        "how long help, get, set, verify and prove take, beside java -version of the same run")
public final class StartBench implements Action {
  @Option(names = "--rounds", paramLabel = "N", description = "how many (${DEFAULT-VALUE})")
  private int rounds = 15;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    Path folder = Workplace.make("start", null);
    List<Integer> ports = Ports.free(2);
    try (MemberProcess member =
        Launch.member(MemberProcess.packaged(Installation.here().root()))
            .data(folder.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .notary()
            .start(folder.resolve("member.log"))) {
      member.awaitHealthy(ports.get(0));
      measure(folder, "http://127.0.0.1:" + ports.get(0), out);
    }
    Workplace.delete(folder);
    return ExitCode.OK.code();
  }

  /** Times all commands against the member at that address. */
  private void measure(Path folder, String url, PrintStream out)
      throws IOException, InterruptedException {
    String launcher = Installation.here().launcher().toString();
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest create =
          HttpRequest.newBuilder(URI.create(url + "/v1/spaces/start"))
              .PUT(BodyPublishers.noBody())
              .build();
      int status = http.send(create, BodyHandlers.discarding()).statusCode();
      if (status != 201) {
        throw new IllegalStateException("the space was answered " + status);
      }
    }
    good(List.of(launcher, "set", "start", "/facts/tea", "1", "--url", url));
    Path bundle = Files.write(folder.resolve("bundle.json"), Training.sample());
    Map<String, List<String>> commands = new LinkedHashMap<>();
    commands.put("java -version", List.of(Installation.java().toString(), "-version"));
    commands.put("help", List.of(launcher, "help"));
    commands.put("get", List.of(launcher, "get", "start", "/facts/tea", "--url", url));
    commands.put("set", List.of(launcher, "set", "start", "/facts/tea", "2", "--url", url));
    commands.put(
        "verify (a small bundle)",
        List.of(launcher, "verify", bundle.toString(), "--checkpoint", Training.CHECKPOINT));
    commands.put(
        "prove (nobody answers)",
        List.of(launcher, "prove", "daryl", "/a", "--url", "http://127.0.0.1:1"));
    Map<String, List<Long>> millis = new LinkedHashMap<>();
    for (int round = 0; round <= rounds; round++) {
      for (Map.Entry<String, List<String>> command : commands.entrySet()) {
        long took = time(command.getValue());
        if (round > 0) { // the first one warms the files up
          millis.computeIfAbsent(command.getKey(), _ -> new ArrayList<>()).add(took);
        }
      }
    }
    out.printf("%-24s %10s %10s%n", "of " + rounds, "median ms", "worst ms");
    millis.forEach((name, times) -> {
      List<Long> sorted = times.stream().sorted().toList();
      out.printf("%-24s %10d %10d%n", name, sorted.get(sorted.size() / 2), sorted.getLast());
    });
  }

  /** Runs what must succeed, or the figures would be of failures. */
  private static void good(List<String> command) throws IOException, InterruptedException {
    int code =
        new ProcessBuilder(command)
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start()
            .waitFor();
    if (code != 0) {
      throw new IllegalStateException(command + " ended with " + code);
    }
  }

  private static long time(List<String> command) throws IOException, InterruptedException {
    long began = System.nanoTime();
    new ProcessBuilder(command)
        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
        .redirectError(ProcessBuilder.Redirect.DISCARD)
        .start()
        .waitFor();
    return (System.nanoTime() - began) / 1_000_000;
  }
}
