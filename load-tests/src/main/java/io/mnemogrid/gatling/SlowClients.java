package io.mnemogrid.gatling;

import io.mnemogrid.process.MemberProcess;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;

/**
 * Clients that hold up nobody but themselves, one hopes: some send a byte of their headers a
 * second, some stop in the middle of a body, some ask for much and read nothing. When a member has
 * had enough of one it comes back. They speak plain HTTP.
 */
final class SlowClients implements AutoCloseable {
  /** More readers that read nothing would use up what answers may take, and that is for all. */
  private static final int STALLED = 12;

  private static final int BYTE_EVERY_MILLIS = 1000;
  private static final int AGAIN_MILLIS = 200;
  private static final int STALL_SECONDS = 20;
  private static final int CONNECT_MILLIS = 5_000;

  private final List<Thread> threads = new ArrayList<>();
  private final LongAdder connections = new LongAdder();
  private final URI member;
  private final String credentials;
  private final String large;
  private volatile boolean over;

  private SlowClients(URI member, String credentials, String large) {
    this.member = member;
    this.credentials = credentials;
    this.large = large;
  }

  /**
   * Starts them.
   *
   * @param url of a member, plain HTTP
   * @param key what they send where they send a whole head; empty for none
   * @param large a path whose answer is large
   * @param count how many: of them 12 at most read nothing, half of the others send nothing more
   *     than headers
   */
  static SlowClients start(String url, String key, String large, int count) {
    String credentials = key.isEmpty() ? "" : "Authorization: Bearer " + key + "\r\n";
    SlowClients all = new SlowClients(URI.create(url), credentials, large);
    for (int i = 0; i < count; i++) {
      int client = i;
      all.threads.add(Thread.ofVirtual().start(() -> all.live(client)));
    }
    return all;
  }

  /** How many connections they have made. */
  long connections() {
    return connections.sum();
  }

  private void live(int client) {
    while (!over) {
      try (Socket socket = new Socket()) {
        socket.setReceiveBufferSize(4096);
        socket.connect(new InetSocketAddress(member.getHost(), member.getPort()), CONNECT_MILLIS);
        connections.increment();
        if (client < STALLED) {
          readNothing(socket);
        } else if (client % 2 == 0) {
          sendHeadersSlowly(socket);
        } else {
          stopInTheBody(socket);
        }
      } catch (IOException e) {
        // The member closed it, as it may: come back.
      }
      rest(AGAIN_MILLIS);
    }
  }

  private void readNothing(Socket socket) throws IOException {
    send(socket, head("GET " + large) + credentials + "\r\n");
    for (int i = 0; i < STALL_SECONDS && !over; i++) {
      rest(1000);
    }
  }

  private void sendHeadersSlowly(Socket socket) throws IOException {
    String text = head("GET /v1/spaces") + "X-Slow: ";
    for (int i = 0; !over && !hasEnded(socket); i++) {
      send(socket, i < text.length() ? text.substring(i, i + 1) : "x");
      rest(BYTE_EVERY_MILLIS);
    }
  }

  private void stopInTheBody(Socket socket) throws IOException {
    send(
        socket,
        head("POST /v1/spaces/load-slow/updates")
            + credentials
            + "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{\"update_id\":");
    while (!over && !hasEnded(socket)) {
      rest(BYTE_EVERY_MILLIS);
    }
  }

  private String head(String line) {
    return line + " HTTP/1.1\r\nHost: " + member.getHost() + ":" + member.getPort() + "\r\n";
  }

  private static void send(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
    socket.getOutputStream().flush();
  }

  /** Whether the member has answered, which it does when it has had enough. */
  private static boolean hasEnded(Socket socket) throws IOException {
    InputStream in = socket.getInputStream();
    return in.available() > 0;
  }

  private static void rest(long millis) {
    MemberProcess.pause(millis);
  }

  /** Ends them. */
  @Override
  public void close() {
    over = true;
    for (Thread thread : threads) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      }
    }
  }
}
