package io.mnemogrid;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Runs a class in a process for which a folder is a disk of its own, which nobody else sees and
 * which is gone with the process.
 */
public final class SmallDisk {
  private static final String MOUNT =
      "mount -t tmpfs -o size=\"$1\" small \"$2\" && shift 2 && exec \"$@\"";

  private static final String READ_ONLY =
      "mount --bind \"$1\" \"$1\" && mount -o remount,bind,ro \"$1\" && shift && exec \"$@\"";

  private SmallDisk() {}

  /** Skips the test, with a sentence, where no disk can be mounted; in CI that is a failure. */
  private static List<String> isolation() throws IOException, InterruptedException {
    for (List<String> isolation :
        List.of(
            List.of("unshare", "--mount"),
            List.of("unshare", "--user", "--map-root-user", "--mount"))) {
      if (run(isolation, List.of("mount", "-t", "tmpfs", "t", "/mnt")).exit == 0) {
        return isolation;
      }
    }
    String why = "no disk can be mounted here: unshare --mount is not permitted";
    if (System.getenv("CI") != null) {
      throw new IllegalStateException(why);
    }
    assumeTrue(false, why);
    return List.of();
  }

  /** What a process said, on both streams, and how it ended. */
  public record Said(int exit, List<String> lines) {}

  /** Runs {@code main} with the folder as its first argument, on a disk of {@code size} (6m). */
  public static Said run(Path folder, String size, Class<?> main)
      throws IOException, InterruptedException {
    return run(List.of("sh", "-c", MOUNT, "sh", size, folder.toString()), folder, main);
  }

  /** Runs {@code main} with the folder, which it may only read, as its argument. */
  public static Said runOnReadOnly(Path folder, Class<?> main)
      throws IOException, InterruptedException {
    return run(List.of("sh", "-c", READ_ONLY, "sh", folder.toString()), folder, main);
  }

  private static Said run(List<String> mount, Path folder, Class<?> main)
      throws IOException, InterruptedException {
    List<String> isolation = isolation();
    List<String> command = new ArrayList<>(mount);
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> flag.startsWith("--"))
        .forEach(command::add);
    command.addAll(
        List.of(
            "-Xmx512m",
            "-cp",
            System.getProperty("java.class.path"),
            main.getName(),
            folder.toString()));
    return run(isolation, command);
  }

  private static Said run(List<String> isolation, List<String> command)
      throws IOException, InterruptedException {
    List<String> all = new ArrayList<>(isolation);
    all.addAll(command);
    Process process;
    try {
      process = new ProcessBuilder(all).redirectError(Redirect.INHERIT).start();
    } catch (IOException e) {
      return new Said(127, List.of(e.toString())); // no unshare here
    }
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    return new Said(process.waitFor(), said.lines().toList());
  }
}
