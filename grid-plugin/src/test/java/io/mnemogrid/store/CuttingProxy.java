package io.mnemogrid.store;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A TCP proxy between driver and server that cuts a connection at a word. It sees the text of every
 * statement when the driver is told to name none ({@code prepareThreshold=0}).
 */
final class CuttingProxy implements AutoCloseable {
  /** When the connection is cut. */
  enum Cut {
    /** What holds the word never reaches the server. */
    BEFORE,
    /** The server gets it; the connection is cut at once. */
    AFTER,
    /** The server gets it and answers; the answer never arrives. */
    ANSWER
  }

  private record Trap(String word, Cut cut) {}

  private final ServerSocket listening;
  private final int server;
  private final Set<Socket> sockets = ConcurrentHashMap.newKeySet();
  private final AtomicInteger cuts = new AtomicInteger();
  private final Set<Socket> muted = ConcurrentHashMap.newKeySet();
  private final AtomicReference<@Nullable Trap> trap = new AtomicReference<>();

  CuttingProxy(int server) throws IOException {
    this.server = server;
    this.listening = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
    start("accept", this::accept);
  }

  int port() {
    return listening.getLocalPort();
  }

  /** Cuts the next connection that sends the word, once. */
  void cut(String word, Cut cut) {
    trap.set(new Trap(word, cut));
  }

  /** How many connections were cut at a word. */
  int cuts() {
    return cuts.get();
  }

  boolean hasCut() {
    return trap.get() == null;
  }

  /** Cuts all connections that are open now. */
  void cutAll() {
    sockets.forEach(CuttingProxy::close);
  }

  private static void start(String name, Runnable work) {
    Thread.ofPlatform().name("proxy-" + name).daemon().start(work);
  }

  private void accept() {
    try {
      while (true) {
        Socket client = listening.accept();
        Socket to = new Socket(InetAddress.getLoopbackAddress(), server);
        sockets.add(client);
        sockets.add(to);
        client.setTcpNoDelay(true);
        to.setTcpNoDelay(true);
        start("there", () -> pump(client, to, true));
        start("back", () -> pump(to, client, false));
      }
    } catch (IOException e) {
      cutAll(); // closed
    }
  }

  private void pump(Socket from, Socket to, boolean asks) {
    byte[] buffer = new byte[1 << 16];
    try {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
        String text = new String(buffer, 0, read, StandardCharsets.ISO_8859_1);
        @Nullable Cut cut = asks ? spring(text) : null;
        if (cut == Cut.BEFORE || !asks && muted.contains(from)) {
          break;
        }
        if (cut == Cut.ANSWER) {
          muted.add(to);
        }
        out.write(buffer, 0, read);
        out.flush();
        if (cut == Cut.AFTER) {
          break;
        }
      }
    } catch (IOException e) {
      // the other side is gone
    } finally {
      close(from);
      close(to);
    }
  }

  private @Nullable Cut spring(String text) {
    Trap set = trap.get();
    if (set == null || !text.contains(set.word()) || !trap.compareAndSet(set, null)) {
      return null;
    }
    cuts.incrementAndGet();
    return set.cut();
  }

  private static void close(Socket socket) {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public void close() throws IOException {
    listening.close();
    cutAll();
  }
}
