package io.mnemogrid.client;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Locale;

/**
 * One connection to a member, kept open, for clients of which many share a machine with the members
 * that they ask: a request is bytes that were made before, and of an answer is read what it takes
 * to find its end. For one thread. Plain HTTP/1.1 on loopback.
 */
public final class KeptConnection implements AutoCloseable {
  private static final int CONNECT_MILLIS = 2_000;
  private static final int MOST_HEAD_BYTES = 16 << 10;

  private final Socket socket = new Socket();
  private final InputStream in;

  /**
   * What was answered.
   *
   * @param tag the ETag without its quotes, empty when there is none
   * @param replayed whether the member says that an earlier sending did it
   */
  public record Heard(int status, String tag, boolean replayed, String body) {}

  /**
   * Connects.
   *
   * @param patience how long each answer may take
   * @throws java.net.ConnectException when nobody listens there
   */
  public KeptConnection(int port, Duration patience) throws IOException {
    try {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) patience.toMillis());
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port), CONNECT_MILLIS);
      in = new BufferedInputStream(socket.getInputStream(), 4096);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  /**
   * Sends a whole request and returns the answer.
   *
   * @throws IOException when there is none in time; then the connection is of no more use
   */
  public Heard send(byte[] request) throws IOException {
    socket.getOutputStream().write(request);
    String head = head();
    int length = Integer.parseInt(header(head, "content-length", "-1"));
    if (length < 0) {
      throw new IOException("an answer without its length: " + head);
    }
    byte[] body = in.readNBytes(length);
    if (body.length < length) {
      throw new IOException("the answer broke off");
    }
    return new Heard(
        Integer.parseInt(head, 9, 12, 10),
        header(head, "etag", "").replace("\"", ""),
        header(head, "idempotency-replayed", "").equals("true"),
        new String(body, StandardCharsets.UTF_8));
  }

  /** The status line and the headers, with the empty line that ends them. */
  private String head() throws IOException {
    StringBuilder head = new StringBuilder(256);
    while (head.length() < MOST_HEAD_BYTES) {
      int next = in.read();
      if (next < 0) {
        throw new IOException("the member hung up");
      }
      head.append((char) next);
      if (next == '\n' && head.length() > 3 && head.charAt(head.length() - 3) == '\n') {
        return head.toString();
      }
    }
    throw new IOException("a head of more than " + MOST_HEAD_BYTES + " bytes");
  }

  private static String header(String head, String name, String otherwise) {
    for (int line = head.indexOf('\n') + 1; line > 0; line = head.indexOf('\n', line) + 1) {
      int colon = line + name.length();
      if (colon < head.length()
          && head.charAt(colon) == ':'
          && head.substring(line, colon).toLowerCase(Locale.ROOT).equals(name)) {
        return head.substring(colon + 1, head.indexOf('\r', colon)).strip();
      }
    }
    return otherwise;
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      // It is gone already.
    }
  }
}
