package io.mnemogrid.tool;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * One PATCH over a connection of its own, which is closed after it (RFC 9112). The
 * HttpURLConnection of the JDK refuses that method, and its HttpClient cannot be stopped between
 * connecting and sending, where a key of the data folder is held back from strangers.
 */
final class PatchRequest {
  private static final int MOST_LINE = 16_384;
  private static final int MOST_BYTES = 32 << 20;
  private static final int HTTPS_PORT = 443;
  private static final int HTTP_PORT = 80;

  private PatchRequest() {}

  /**
   * Sends it and reads the answer.
   *
   * @param connected called once there is a connection, before anything is sent
   * @throws IOException when no answer came; what was sent may have been received
   */
  static ApiClient.Answer send(
      URI address,
      Map<String, String> headers,
      byte[] body,
      Optional<SSLSocketFactory> issuers,
      int patienceMillis,
      Runnable connected)
      throws IOException {
    boolean isTls = address.getScheme().equals("https");
    int port = address.getPort() >= 0 ? address.getPort() : isTls ? HTTPS_PORT : HTTP_PORT;
    String host = address.getHost().replaceAll("^\\[|]$", "");
    try (Socket plain = new Socket()) {
      InetSocketAddress at = new InetSocketAddress(host, port);
      if (at.isUnresolved()) {
        throw new java.net.UnknownHostException(host);
      }
      plain.connect(at, patienceMillis);
      plain.setSoTimeout(patienceMillis);
      connected.run();
      Socket socket = isTls ? tls(plain, host, port, issuers) : plain;
      StringBuilder head = new StringBuilder("PATCH ").append(address.getRawPath());
      if (address.getRawQuery() != null) {
        head.append('?').append(address.getRawQuery());
      }
      head.append(" HTTP/1.1\r\nHost: ").append(address.getRawAuthority()).append("\r\n");
      headers.forEach((name, value) -> {
        if (value.chars().anyMatch(c -> c < ' ' || c > '~')) {
          throw new IllegalArgumentException(
              name + " is written in ASCII, without control characters");
        }
        head.append(name).append(": ").append(value).append("\r\n");
      });
      head.append("Accept: application/json\r\nConnection: close\r\nContent-Length: ");
      head.append(body.length).append("\r\n\r\n");
      ByteArrayOutputStream request = new ByteArrayOutputStream(head.length() + body.length);
      request.writeBytes(head.toString().getBytes(StandardCharsets.US_ASCII));
      request.writeBytes(body);
      socket.getOutputStream().write(request.toByteArray());
      socket.getOutputStream().flush();
      return answer(new BufferedInputStream(socket.getInputStream()));
    }
  }

  private static Socket tls(Socket plain, String host, int port, Optional<SSLSocketFactory> issuers)
      throws IOException {
    SSLSocketFactory factory =
        issuers.orElseGet(() -> (SSLSocketFactory) SSLSocketFactory.getDefault());
    SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true);
    SSLParameters parameters = socket.getSSLParameters();
    parameters.setEndpointIdentificationAlgorithm("HTTPS"); // else any name would do
    socket.setSSLParameters(parameters);
    socket.startHandshake();
    return socket;
  }

  private static ApiClient.Answer answer(InputStream in) throws IOException {
    String first = line(in);
    if (!first.matches("HTTP/1\\.[01] [0-9]{3}( .*)?")) {
      throw new IOException("the answer is no HTTP");
    }
    int status = Integer.parseInt(first.substring(9, 12));
    Map<String, String> headers = new HashMap<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon > 0) {
        headers.put(
            line.substring(0, colon).toLowerCase(Locale.ROOT), line.substring(colon + 1).strip());
      }
    }
    if (status < 200) { // 100 Continue, say: the answer comes after it
      return answer(in);
    }
    String retry = headers.getOrDefault("retry-after", "");
    return new ApiClient.Answer(
        status,
        new String(body(in, headers), StandardCharsets.UTF_8),
        headers.getOrDefault("etag", ""),
        retry.matches("[0-9]{1,6}") ? Long.parseLong(retry) : 0);
  }

  private static byte[] body(InputStream in, Map<String, String> headers) throws IOException {
    String length = headers.getOrDefault("content-length", "");
    if (headers.getOrDefault("transfer-encoding", "").equalsIgnoreCase("chunked")) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int size = chunk(in); size > 0; size = chunk(in)) {
        all.writeBytes(exactly(in, bounded((long) all.size() + size) - all.size()));
        line(in);
      }
      return all.toByteArray();
    }
    if (length.matches("[0-9]{1,10}")) {
      return exactly(in, bounded(Long.parseLong(length)));
    }
    byte[] all = in.readNBytes(MOST_BYTES + 1);
    bounded(all.length);
    return all;
  }

  private static int chunk(InputStream in) throws IOException {
    String size = line(in).split(";", 2)[0].strip();
    if (!size.matches("[0-9A-Fa-f]{1,8}")) {
      throw new IOException("the answer is no HTTP");
    }
    return bounded(Long.parseLong(size, 16));
  }

  private static int bounded(long size) throws IOException {
    if (size > MOST_BYTES) {
      throw new IOException("the answer has more than " + (MOST_BYTES >> 20) + " MiB");
    }
    return (int) size;
  }

  private static byte[] exactly(InputStream in, int size) throws IOException {
    byte[] bytes = in.readNBytes(size);
    if (bytes.length < size) {
      throw new EOFException("the answer broke off");
    }
    return bytes;
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int b = in.read(); b != '\n'; b = in.read()) {
      if (b < 0 || line.length() > MOST_LINE) {
        throw new EOFException("the answer broke off");
      }
      line.append((char) b);
    }
    return line.toString().stripTrailing();
  }
}
