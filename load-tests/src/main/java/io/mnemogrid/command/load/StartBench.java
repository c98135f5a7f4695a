package io.mnemogrid.command.load;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.Training;
import java.io.IOException;
import java.io.PrintStream;
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
    description = "how long help, verify and prove take, beside java -version of the same run")
public final class StartBench implements Action {
  @Option(names = "--rounds", paramLabel = "N", description = "how many (${DEFAULT-VALUE})")
  private int rounds = 15;

  @Override
  public int run(PrintStream out, PrintStream err) throws Exception {
    String launcher = Installation.here().launcher().toString();
    Path folder = Workplace.make("start", null);
    Path bundle = Files.write(folder.resolve("bundle.json"), Training.sample());
    Map<String, List<String>> commands = new LinkedHashMap<>();
    commands.put("java -version", List.of(Installation.java().toString(), "-version"));
    commands.put("help", List.of(launcher, "help"));
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
    Workplace.delete(folder);
    out.printf("%-24s %10s %10s%n", "of " + rounds, "median ms", "worst ms");
    millis.forEach((name, times) -> {
      List<Long> sorted = times.stream().sorted().toList();
      out.printf("%-24s %10d %10d%n", name, sorted.get(sorted.size() / 2), sorted.getLast());
    });
    return ExitCode.OK.code();
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
