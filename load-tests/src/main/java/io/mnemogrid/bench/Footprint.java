package io.mnemogrid.bench;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What a JVM takes of the machine, seen from outside, on Linux. */
final class Footprint {
  private static final int LOOKS = 3;
  private static final double MIB = 1 << 20;
  private static final Pattern TOTAL = Pattern.compile("(?m)^Total +\\d+ +(\\d+)");

  private Footprint() {}

  /** Bytes that live, counted in the pause of a full collection; the least of some looks. */
  static double heapMib(long pid) throws IOException, InterruptedException {
    double least = Double.MAX_VALUE;
    for (int i = 0; i < LOOKS; i++) {
      Process process =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                  Long.toString(pid),
                  "GC.class_histogram")
              .redirectErrorStream(true)
              .start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      process.waitFor();
      Matcher total = TOTAL.matcher(said);
      if (!total.find()) {
        throw new IllegalStateException("jcmd GC.class_histogram says no total: " + said);
      }
      least = Math.min(least, Long.parseLong(total.group(1)) / MIB);
    }
    return least;
  }

  /** What the system has in memory for the process, as Linux says it. */
  static double residentMib(long pid) throws IOException {
    return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
        .filter(line -> line.startsWith("VmRSS:"))
        .map(line -> Double.parseDouble(line.replaceAll("[^0-9]", "")) / 1024)
        .findFirst()
        .orElse(Double.NaN);
  }

  /** What the process has used of the processors so far; in steps of 10 ms. */
  static Duration processorTime(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().totalCpuDuration())
        .orElseThrow(() -> new IllegalStateException("the member is gone, or this is no Linux"));
  }
}
