package io.mnemogrid.store;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The process that holds SQLite's lock of the writer, as Linux shows it in {@code /proc/locks}.
 *
 * @param pid its number
 * @param name its program
 * @param state as in proc(5): R runs, S sleeps, T is stopped
 */
record LockHolder(long pid, String name, char state) {
  private static final Path LOCKS = Path.of("/proc/locks");

  /** The byte of the file {@code -shm} that a writer locks, WAL_WRITE_LOCK. */
  private static final long WRITER = 120;

  /** Who holds the lock; empty when nobody does or the system does not say. */
  static Optional<LockHolder> ofWriter(Path database) {
    try {
      Object inode = Files.getAttribute(Path.of(database + "-shm"), "unix:ino");
      for (String line : Files.readAllLines(LOCKS)) {
        Optional<LockHolder> holder = holder(line, String.valueOf(inode));
        if (holder.isPresent()) {
          return holder;
        }
      }
    } catch (IOException | UnsupportedOperationException | IllegalArgumentException e) {
      return Optional.empty(); // another system, or the process ended meanwhile
    }
    return Optional.empty();
  }

  /** The holder in a line such as {@code 3: POSIX ADVISORY WRITE 4711 08:01:1837 120 120}. */
  private static Optional<LockHolder> holder(String line, String inode) throws IOException {
    String[] words = line.strip().split("\\s+");
    if (words.length < 8 || !words[3].equals("WRITE") || !words[5].endsWith(":" + inode)) {
      return Optional.empty();
    }
    long first = Long.parseLong(words[6]);
    long last = words[7].equals("EOF") ? Long.MAX_VALUE : Long.parseLong(words[7]);
    return first <= WRITER && WRITER <= last
        ? Optional.of(of(Long.parseLong(words[4])))
        : Optional.empty();
  }

  private static LockHolder of(long pid) throws IOException {
    String stat = Files.readString(Path.of("/proc", String.valueOf(pid), "stat"));
    // the name stands in parentheses and may hold some itself
    int end = stat.lastIndexOf(')');
    return new LockHolder(pid, stat.substring(stat.indexOf('(') + 1, end), stat.charAt(end + 2));
  }

  /** Whether a signal or a debugger stopped it. */
  boolean isStopped() {
    return state == 'T' || state == 't';
  }

  @Override
  public String toString() {
    String who = "process " + pid + " (" + name + ") is in its transaction";
    return isStopped()
        ? who
            + " and is stopped: let it go on (kill -CONT "
            + pid
            + ") or end it (kill -9 "
            + pid
            + ")"
        : who;
  }
}
