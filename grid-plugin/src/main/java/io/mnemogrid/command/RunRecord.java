package io.mnemogrid.command;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which process is the member or the chain of a data folder, in {@code run/NAME.pid} there. A
 * process is known by its id, its start time and the boot it belongs to: an id alone is used again.
 *
 * @param start in ticks since the boot, or what {@code ps} says where there is no /proc
 * @param command its command line, settings before it
 */
public record RunRecord(long pid, String start, String boot, String command) {
  private static final FileAttribute<?>[] OWNERS =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix")
          ? new FileAttribute<?>[] {
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"))
          }
          : new FileAttribute<?>[0];

  private static final Path BOOT = Path.of("/proc/sys/kernel/random/boot_id");

  /** The record of a process that was just started. */
  public static RunRecord of(long pid, List<String> command) {
    return new RunRecord(pid, startOf(pid), bootId(), String.join(" ", command));
  }

  /** The record of that name; empty where there is none that can be read. */
  public static Optional<RunRecord> read(Path data, String name) {
    Map<String, String> values = new HashMap<>();
    try {
      for (String line : Files.readAllLines(file(data, name))) {
        int equals = line.indexOf('=');
        if (equals > 0) {
          values.put(line.substring(0, equals), line.substring(equals + 1));
        }
      }
    } catch (IOException e) {
      return Optional.empty();
    }
    String pid = values.getOrDefault("pid", "");
    String start = values.getOrDefault("start", "");
    if (!pid.matches("[0-9]{1,18}") || start.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new RunRecord(
            Long.parseLong(pid),
            start,
            values.getOrDefault("boot", ""),
            values.getOrDefault("command", "")));
  }

  /** The record of that name, if its process still runs and is the one that was recorded. */
  public static Optional<RunRecord> running(Path data, String name) {
    return read(data, name).filter(RunRecord::isRunning);
  }

  /** Writes the record. Whoever reads it meanwhile finds the old one or the new one, whole. */
  public void write(Path data, String name) throws IOException {
    Path file = file(data, name);
    Path part = file.resolveSibling(name + ".pid.new");
    Files.deleteIfExists(part);
    Files.createFile(part, OWNERS);
    Files.writeString(
        part,
        "pid=%d%nstart=%s%nboot=%s%ncommand=%s%n".formatted(pid, start, boot, command),
        StandardCharsets.UTF_8);
    Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
  }

  /** Forgets it. */
  public static void delete(Path data, String name) throws IOException {
    Files.deleteIfExists(file(data, name));
  }

  private static Path file(Path data, String name) {
    return data.resolve("run").resolve(name + ".pid");
  }

  /** Whether this very process runs; one that was killed and not yet waited for does not. */
  public boolean isRunning() {
    return boot.equals(bootId()) && start.equals(startOf(pid)) && !isZombie(pid);
  }

  /** A setting that its command line begins with. */
  public Optional<String> setting(String name) {
    Matcher matcher = Pattern.compile(" " + Pattern.quote(name) + "=([^ ]+)").matcher(command);
    return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
  }

  /** Where the member with this HTTP port answers. */
  public static String api(String port) {
    return "http://127.0.0.1:" + port;
  }

  private static String bootId() {
    try {
      return Files.readString(BOOT).strip();
    } catch (IOException e) {
      return "unknown";
    }
  }

  /** Empty when there is no such process. */
  private static String startOf(long pid) {
    if (Files.isDirectory(Path.of("/proc/self"))) {
      String[] fields = fields(pid);
      return fields.length > 19 ? fields[19] : ""; // field 22 of all
    }
    try {
      Process ps =
          new ProcessBuilder("ps", "-o", "lstart=", "-p", Long.toString(pid))
              .redirectErrorStream(true)
              .start();
      String said = new String(ps.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      return ps.waitFor(5, TimeUnit.SECONDS) && ps.exitValue() == 0 ? said.strip() : "";
    } catch (IOException e) {
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }

  private static boolean isZombie(long pid) {
    String[] fields = fields(pid);
    return fields.length > 0 && fields[0].equals("Z");
  }

  /**
   * The fields of the process's {@code stat} from the third on. The second is its name in
   * parentheses and may hold spaces.
   */
  private static String[] fields(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      return stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    } catch (IOException e) {
      return new String[0];
    }
  }
}
