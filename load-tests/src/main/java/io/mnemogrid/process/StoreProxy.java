package io.mnemogrid.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** A TCP proxy between members and their database. It can be cut, silenced and slowed down. */
final class StoreProxy implements AutoCloseable {
  /** What the proxy does with the connections and bytes that come in. */
  enum Mode {
    OPEN,
    /** Open connections are closed, and each new one at once. */
    CUT,
    /** No byte goes through, and no connection is closed. */
    SILENT,
    /** Each piece of bytes waits before it goes on. */
    SLOW
  }

  private static final int PIECE = 16 << 10;
  private static final int SLOW_MILLIS = 60;

  private final ServerSocket server;
  private final int target;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private volatile Mode mode = Mode.OPEN;

  /** Forwards from a free port of loopback, which it chooses, to the port {@code target}. */
  StoreProxy(int target) {
    this.target = target;
    try {
      this.server = new ServerSocket(0, 128, InetAddress.getLoopbackAddress());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Thread.ofVirtual().name("store-proxy").start(this::accept);
  }

  int port() {
    return server.getLocalPort();
  }

  void set(Mode next) {
    mode = next;
    if (next == Mode.CUT) {
      sockets.forEach(StoreProxy::close);
    }
  }

  private void accept() {
    while (!server.isClosed()) {
      try {
        Socket from = server.accept();
        if (mode == Mode.CUT) {
          close(from);
          continue;
        }
        Socket to = new Socket(InetAddress.getLoopbackAddress(), target);
        sockets.add(from);
        sockets.add(to);
        from.setTcpNoDelay(true);
        to.setTcpNoDelay(true);
        Thread.ofVirtual().start(() -> forward(from, to));
        Thread.ofVirtual().start(() -> forward(to, from));
      } catch (IOException e) {
        // the database is not up, or the proxy is closed: the client's socket fails too
      }
    }
  }

  private void forward(Socket from, Socket to) {
    byte[] piece = new byte[PIECE];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(piece); read >= 0; read = in.read(piece)) {
        while (mode == Mode.SILENT) {
          MemberProcess.pause(20);
        }
        if (mode == Mode.SLOW) {
          MemberProcess.pause(SLOW_MILLIS);
        }
        out.write(piece, 0, read);
        out.flush();
      }
    } catch (IOException e) {
      // one of the two sockets has ended, so the other one is closed
    } finally {
      close(from);
      close(to);
      sockets.remove(from);
      sockets.remove(to);
    }
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sockets.forEach(StoreProxy::close);
  }
}
