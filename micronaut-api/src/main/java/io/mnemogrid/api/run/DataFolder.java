package io.mnemogrid.api.run;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.RunRecord;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A folder with all that a run keeps. It and what comes into it are for this user alone; wider
 * rights that an older version left are taken away. One launcher at a time uses it. When the
 * launcher dies, however it dies, the system releases its lock.
 */
final class DataFolder implements AutoCloseable {
  private static final boolean POSIX =
      FileSystems.getDefault().supportedFileAttributeViews().contains("posix");
  private static final Set<PosixFilePermission> OWNERS_FOLDER =
      PosixFilePermissions.fromString("rwx------");
  private static final Set<PosixFilePermission> OWNERS =
      EnumSet.of(
          PosixFilePermission.OWNER_READ,
          PosixFilePermission.OWNER_WRITE,
          PosixFilePermission.OWNER_EXECUTE);
  private static final int LOCK_TRIES = 30;
  private static final int LOG_LINES = 20;

  private final Path path;
  private final PrintStream err;
  private final FileChannel lock;

  private DataFolder(Path path, PrintStream err, FileChannel lock) {
    this.path = path;
    this.err = err;
    this.lock = lock;
  }

  /** Makes it where it is missing, and locks it. */
  static DataFolder open(Path folder, PrintStream err) throws InterruptedException {
    Path path;
    try {
      for (String name : List.of("run", "logs", "chain")) {
        Files.createDirectories(folder.resolve(name), folderRights());
      }
      path = folder.toRealPath();
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED, "cannot write to " + folder + ": use --data DIR", e);
    }
    close(path);
    return new DataFolder(path, err, lock(path));
  }

  private static FileAttribute<?>[] folderRights() {
    return POSIX
        ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNERS_FOLDER)}
        : new FileAttribute<?>[0];
  }

  private static void close(Path path) {
    if (!POSIX) {
      return;
    }
    try {
      for (String name : List.of("", "run", "logs", "chain")) {
        Files.setPosixFilePermissions(path.resolve(name), OWNERS_FOLDER);
      }
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.NOT_STARTED,
          "the memories in "
              + path
              + " stay open to other users of this machine, for it is another user's: use --data DIR",
          e);
    }
    try (Stream<Path> files = Files.walk(path, 2)) {
      files.filter(Files::isRegularFile).forEach(DataFolder::closeFile);
    } catch (IOException | java.io.UncheckedIOException e) {
      // Files come and go; what matters is the folder, and nobody else gets into that.
      return;
    }
  }

  private static void closeFile(Path file) {
    try {
      Set<PosixFilePermission> rights = Files.getPosixFilePermissions(file);
      if (rights.retainAll(OWNERS)) {
        Files.setPosixFilePermissions(file, rights);
      }
    } catch (IOException e) {
      // The same.
      return;
    }
  }

  private static FileChannel lock(Path path) throws InterruptedException {
    try {
      FileChannel channel =
          FileChannel.open(
              path.resolve("run/lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      closeFile(path.resolve("run/lock"));
      for (int i = 0; i < LOCK_TRIES; i++) {
        FileLock lock = channel.tryLock();
        if (lock != null) {
          return channel;
        }
        TimeUnit.MILLISECONDS.sleep(100);
      }
      channel.close();
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.NOT_STARTED, "cannot lock " + path + ": use --data DIR", e);
    }
    throw new CommandFailure(
        ExitCode.NOT_STARTED,
        "another run uses "
            + path
            + ": stop it with Ctrl-C there, or give this one its own folder with --data");
  }

  Path path() {
    return path;
  }

  /** Stops what a killed launcher left behind. */
  void stopLeftovers(PrintStream out) throws IOException, InterruptedException {
    for (String name : List.of("member", "chain")) {
      RunRecord left = RunRecord.running(path, name).orElse(null);
      if (left != null) {
        out.println(
            "stopping the "
                + name
                + " that an earlier run left behind (process "
                + left.pid()
                + ")");
      }
      stop(name, 20, () -> false);
    }
  }

  /**
   * Asks the process of this record to end, waits, and kills it if it did not; no other process is
   * ever touched. Then the record is deleted.
   *
   * @param hurry whether waiting is over at once
   */
  void stop(String name, int seconds, BooleanSupplier hurry)
      throws IOException, InterruptedException {
    RunRecord record = RunRecord.running(path, name).orElse(null);
    if (record != null) {
      signal(record, false);
      for (int i = 0; i < seconds * 10 && record.isRunning() && !hurry.getAsBoolean(); i++) {
        TimeUnit.MILLISECONDS.sleep(100);
      }
      if (record.isRunning()) {
        err.println("mnemogrid: the " + name + " did not stop, killing it");
        signal(record, true);
        while (record.isRunning()) {
          TimeUnit.MILLISECONDS.sleep(50);
        }
      }
    }
    RunRecord.delete(path, name);
  }

  private static void signal(RunRecord record, boolean kill) {
    ProcessHandle process = ProcessHandle.of(record.pid()).orElse(null);
    if (process != null && record.isRunning()) {
      boolean _ = kill ? process.destroyForcibly() : process.destroy();
    }
  }

  /** Keeps the logs of the run before as {@code ….log.1}. */
  void turnLogs() throws IOException {
    for (String name : List.of("member", "chain")) {
      Path log = log(name);
      if (Files.exists(log)) {
        Files.move(
            log,
            log.resolveSibling(name + ".log.1"),
            StandardCopyOption.REPLACE_EXISTING,
            StandardCopyOption.ATOMIC_MOVE);
      }
    }
  }

  private Path log(String name) {
    return path.resolve("logs").resolve(name + ".log");
  }

  /** Prints the last lines of a log. */
  void showLog(String name) {
    Path log = log(name);
    List<String> lines = lines(log);
    if (lines != null && !lines.isEmpty()) {
      err.println();
      err.println("the last lines of " + log + ":");
      lines
          .subList(Math.max(0, lines.size() - LOG_LINES), lines.size())
          .forEach(line -> err.println("  " + line));
    }
  }

  private static @Nullable List<String> lines(Path log) {
    try {
      return new String(Files.readAllBytes(log), java.nio.charset.StandardCharsets.UTF_8)
          .lines()
          .toList();
    } catch (IOException e) {
      return null;
    }
  }

  @Override
  public void close() throws IOException {
    lock.close();
  }
}
