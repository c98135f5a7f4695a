package io.mnemogrid.process;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A network and a table of mounts of this process's own, from which a split and a full disk are
 * made: nothing else on the machine sees them, and they are gone with the process. It is had by
 * starting again below {@code unshare}; a user that is not root needs unprivileged user namespaces
 * for that.
 */
public final class Isolation {
  private static final String INSIDE = "MNEMOGRID_CHAOS_ISOLATED";
  private static final String TABLE = "inet chaos";

  private Isolation() {}

  /** Whether this process has them. */
  public static boolean isInside() {
    return "yes".equals(System.getenv(INSIDE));
  }

  /** The beginning of a command that runs the rest inside, or none where that is not permitted. */
  public static List<String> wrapper() {
    for (List<String> command :
        List.of(
            List.of("unshare", "--net", "--mount"),
            List.of("unshare", "--user", "--map-root-user", "--net", "--mount"))) {
      List<String> probe = new ArrayList<>(command);
      probe.addAll(
          List.of(
              "sh",
              "-c",
              "ip link set lo up && nft add table " + TABLE + " && mount -t tmpfs t /mnt"));
      if (succeeds(probe)) {
        List<String> wrapper = new ArrayList<>(command);
        wrapper.addAll(
            List.of("env", INSIDE + "=yes", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"));
        return wrapper;
      }
    }
    return List.of();
  }

  /** An address of loopback that nobody else has; outside, the one that all have. */
  public static String address(int last) {
    if (!isInside()) {
      return "127.0.0.1";
    }
    String address = "127.0.0." + last;
    run("ip", "address", "replace", address + "/32", "dev", "lo");
    return address;
  }

  /** Drops all that goes between both sides, either way. */
  public static void split(List<String> one, List<String> other) {
    String here = "{ " + String.join(", ", one) + " }";
    String there = "{ " + String.join(", ", other) + " }";
    run("nft", "add table " + TABLE);
    run("nft", "add chain " + TABLE + " split { type filter hook input priority 0 ; }");
    run("nft", "add rule %s split ip saddr %s ip daddr %s drop".formatted(TABLE, here, there));
    run("nft", "add rule %s split ip saddr %s ip daddr %s drop".formatted(TABLE, there, here));
  }

  /** Lets everything through again, also where nothing was split. */
  public static void heal() {
    run("nft", "add table %1$s ; delete table %1$s".formatted(TABLE));
  }

  /**
   * Mounts a disk of {@code sizeMib} MiB at a folder: ext4 in a file, or tmpfs if that fails. Its
   * blocks have 4096 bytes, because a full disk with the smaller ones that mkfs gives a small disk
   * ends the process (see the member's {@code doctor}).
   */
  public static String mount(Path folder, int sizeMib) {
    try {
      Files.createDirectories(folder);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Path image = folder.resolveSibling(folder.getFileName() + ".ext4");
    if (succeeds(List.of("truncate", "-s", sizeMib + "M", image.toString()))
        && succeeds(List.of("mkfs.ext4", "-q", "-b", "4096", "-m", "0", image.toString()))
        && succeeds(List.of("mount", "-o", "loop", image.toString(), folder.toString()))) {
      return "ext4";
    }
    run("mount", "-t", "tmpfs", "-o", "size=" + sizeMib + "m", "chaos", folder.toString());
    return "tmpfs";
  }

  private static boolean succeeds(List<String> command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(60, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException e) {
      return false; // there is no such command
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** Sends a process a signal by its name, {@code STOP} say. */
  public static void signal(String name, long pid) {
    run("sh", "-c", "kill -" + name + " " + pid); // the shell's own: there may be no other
  }

  /** Runs a command that must succeed. */
  static void run(String... command) {
    try {
      Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
      String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      if (process.waitFor() != 0) {
        throw new IllegalStateException(String.join(" ", command) + ": " + said.strip());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting", e);
    }
  }
}
