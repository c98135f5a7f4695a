package io.mnemogrid.process;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/**
 * Ports of loopback that nobody listens on now. They lie below those that the system gives to
 * outgoing connections, so no connection takes one before its process listens on it, or while that
 * process is down.
 */
public final class Ports {
  /** A member tries ten ports in a row, so it meets no other that was handed out. */
  private static final int APART = 11;

  private static final int LOWEST = 10_000;
  private static final int HIGHEST = highest();

  private static int next = LOWEST + new Random().nextInt(HIGHEST - LOWEST);

  private Ports() {}

  /** The port before the first that the system gives away by itself. */
  private static int highest() {
    // The kernel gives this file to the first read alone: readString, which begins with a read of
    // one byte, sees one digit.
    try (BufferedReader range =
        Files.newBufferedReader(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
      int first = Integer.parseInt(range.lines().findFirst().orElseThrow().split("\\s+", -1)[0]);
      return first > LOWEST + 5_000 ? first - 1 : 60_000;
    } catch (IOException e) {
      return 32_767; // not on Linux
    }
  }

  /**
   * This many different free ports. None of them was returned before, as long as there are others.
   */
  public static synchronized List<Integer> free(int count) {
    List<Integer> free = new ArrayList<>();
    for (int tries = (HIGHEST - LOWEST) / APART; tries > 0 && free.size() < count; tries--) {
      next = next + APART <= HIGHEST ? next + APART : LOWEST;
      if (isFree(next)) {
        free.add(next);
      }
    }
    if (free.size() < count) {
      throw new IllegalStateException("no " + count + " ports are free");
    }
    return free;
  }

  private static boolean isFree(int port) {
    ServerSocket socket;
    try {
      socket = new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      return false; // somebody listens there
    }
    try {
      socket.close();
      return true;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
