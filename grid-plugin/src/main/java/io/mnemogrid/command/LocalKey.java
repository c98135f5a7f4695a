package io.mnemogrid.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * The operator's key of a data folder, for the member that runs on this folder and for nobody else.
 * Any user of a machine may listen on a port of loopback while no member does, so a key is not sent
 * to a port: it is sent where the process of the folder's run record is the one that listens.
 *
 * <p>Which process listens is read from {@code /proc}. Where there is none, as on macOS, no key is
 * found, and whoever runs a command names it as {@code MNEMOGRID_KEY}.
 */
public final class LocalKey {
  /** The file in a data folder that has it, of mode 600. */
  public static final String FILE = "local.key";

  private static final Set<String> LOOPBACK = Set.of("localhost", "127.0.0.1", "[::1]");
  private static final Path PROC = Path.of("/proc");
  private static final String LISTENS = "0A"; // TCP_LISTEN of the kernel
  private static final int LOCAL_ADDRESS = 1; // columns of /proc/net/tcp
  private static final int STATE = 3;
  private static final int INODE = 9;

  private final String text;
  private final RunRecord member;
  private final int port;
  private final Set<String> listeners;

  private LocalKey(String text, RunRecord member, int port, Set<String> listeners) {
    this.text = text;
    this.member = member;
    this.port = port;
    this.listeners = listeners;
  }

  /**
   * The key for the API at a URL. Empty when the URL is not of loopback, when no member of that
   * folder listens on its port, when somebody else listens there too, or when the file cannot be
   * read.
   */
  public static Optional<LocalKey> find(Path data, URI api) {
    int port = api.getPort();
    RunRecord member = RunRecord.running(data, "member").orElse(null);
    if (member == null || port < 0 || !LOOPBACK.contains(String.valueOf(api.getHost()))) {
      return Optional.empty();
    }
    Set<String> listeners = listeners(port);
    if (listeners.isEmpty() || !sockets(member.pid()).containsAll(listeners)) {
      return Optional.empty();
    }
    try {
      String text = Files.readString(data.resolve(FILE), StandardCharsets.US_ASCII).strip();
      return text.isEmpty()
          ? Optional.empty()
          : Optional.of(new LocalKey(text, member, port, listeners));
    } catch (IOException e) { // there is none, or it is another user's
      return Optional.empty();
    }
  }

  /** What is sent. */
  public String text() {
    return text;
  }

  /**
   * Whether the same sockets of the same process still are all that listen. If they are once a
   * connection was made, the connection is one to that process: a socket that was closed in between
   * would have another number.
   */
  public boolean isStillWithItsMember() {
    return member.isRunning()
        && listeners.equals(listeners(port))
        && sockets(member.pid()).containsAll(listeners);
  }

  /** The numbers of all sockets that listen on a port, whatever address they are bound to. */
  private static Set<String> listeners(int port) {
    Set<String> found = new HashSet<>();
    String end = ":%04X".formatted(port);
    for (String table : new String[] {"tcp", "tcp6"}) {
      try (Stream<String> lines = Files.lines(PROC.resolve("self/net").resolve(table))) {
        lines
            .map(line -> line.strip().split("\\s+"))
            .filter(row ->
                row.length > INODE
                    && row[STATE].equals(LISTENS)
                    && row[LOCAL_ADDRESS].endsWith(end))
            .forEach(row -> found.add(row[INODE]));
      } catch (IOException | UncheckedIOException e) {
        continue; // no IPv6, or no /proc
      }
    }
    return found;
  }

  /** The numbers of the sockets that a process has; none where it is another user's. */
  private static Set<String> sockets(long pid) {
    Set<String> found = new HashSet<>();
    try (Stream<Path> files = Files.list(PROC.resolve(Long.toString(pid)).resolve("fd"))) {
      for (Path file : (Iterable<Path>) files::iterator) {
        socket(file).ifPresent(found::add);
      }
    } catch (IOException | UncheckedIOException e) {
      return Set.of();
    }
    return found;
  }

  private static Optional<String> socket(Path file) {
    try {
      String target = Files.readSymbolicLink(file).toString();
      return target.startsWith("socket:[")
          ? Optional.of(target.substring("socket:[".length(), target.length() - 1))
          : Optional.empty();
    } catch (IOException e) { // closed meanwhile
      return Optional.empty();
    }
  }
}
