package io.mnemogrid;

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
 * Ports of loopback that nobody listens on. They lie below those that the system gives to outgoing
 * connections, so no connection takes one between the moment when it was found free and the moment
 * when somebody listens on it. No two callers of a process get the same.
 */
public final class FreePorts {
  /** So many ports are free from each one that is handed out: a test adds to it as it likes. */
  private static final int ROOM = 50;

  private static final int LOWEST = 10_000;
  private static final int HIGHEST = highest();

  private static int next = LOWEST + ROOM * new Random().nextInt((HIGHEST - LOWEST) / ROOM);

  private FreePorts() {}

  /** The port before the first that the system gives away by itself. */
  private static int highest() {
    // The kernel gives this file to the first read alone: readString, which begins with a read of
    // one byte, sees one digit.
    try (BufferedReader range =
        Files.newBufferedReader(Path.of("/proc/sys/net/ipv4/ip_local_port_range"))) {
      int first = Integer.parseInt(range.lines().findFirst().orElseThrow().split("\\s+", -1)[0]);
      return first > LOWEST + 100 * ROOM ? first - 1 : 60_000;
    } catch (IOException e) {
      return 32_767; // no Linux
    }
  }

  /** A port that is free, as the 49 after it are. */
  public static synchronized int next() {
    for (int tries = (HIGHEST - LOWEST) / ROOM; tries > 0; tries--) {
      int port = next;
      next = next + 2 * ROOM > HIGHEST ? LOWEST : next + ROOM;
      if (areFree(port)) {
        return port;
      }
    }
    throw new IllegalStateException("no " + ROOM + " ports in a row are free");
  }

  private static boolean areFree(int from) {
    List<ServerSocket> held = new ArrayList<>();
    try {
      for (int port = from; port < from + ROOM; port++) {
        held.add(new ServerSocket(port, 1, InetAddress.getLoopbackAddress()));
      }
      return true;
    } catch (IOException e) {
      return false; // somebody listens there
    } finally {
      held.forEach(FreePorts::close);
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
