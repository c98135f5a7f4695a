package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/**
 * HTTP byte by byte, for what no client would send. One connection, used by one thread. An answer
 * is held against the description of the API ({@link Contract}) where it is known to which request.
 */
final class RawHttp implements AutoCloseable {
  private static final int PATIENCE_MILLIS = 60_000;

  private static final Pattern REQUEST = Pattern.compile("([A-Z]+) (\\S+) HTTP/1[.][01]\r\n");

  private final Socket socket;

  /** The request that is answered next, as method and address; null where that is not known. */
  private @Nullable MatchResult asked;

  private boolean isPipelined;

  private RawHttp(Socket socket) {
    this.socket = socket;
  }

  /** What came back; {@code body} is decoded from its chunks. */
  record Reply(int status, List<String> head, String body) {
    /** The header's value, empty when it is not there. */
    String header(String name) {
      String start = name.toLowerCase(Locale.ROOT) + ": ";
      return head.stream()
          .filter(line -> line.toLowerCase(Locale.ROOT).startsWith(start))
          .map(line -> line.substring(start.length()))
          .findFirst()
          .orElse("");
    }

    Json.Obj json() {
      return (Json.Obj) Json.parseCanonical(body);
    }

    private String text(String member) {
      return json().get(member) instanceof Json.Str text ? text.value() : "(no " + member + ")";
    }

    String code() {
      return body.isEmpty() ? "" : text("code");
    }

    String detail() {
      return text("detail");
    }

    /** Checks that this is a whole problem of that kind. */
    Reply isProblem(int wanted, String code) {
      assertThat(status).as(body).isEqualTo(wanted);
      assertThat(header("Content-Type")).isEqualTo("application/problem+json");
      assertThat(code()).isEqualTo(code);
      assertThat(json().members()).containsKeys("detail", "hint", "request_id");
      return this;
    }
  }

  static RawHttp to(int port) {
    return from("127.0.0.1", port);
  }

  /** A connection by TLS to the server of that name, whose certificate must have it. */
  static RawHttp by(SSLContext tls, String name, int port) {
    try {
      Socket plain = new Socket(InetAddress.getByName("127.0.0.1"), port);
      SSLSocket socket = (SSLSocket) tls.getSocketFactory().createSocket(plain, name, port, true);
      SSLParameters parameters = socket.getSSLParameters();
      parameters.setEndpointIdentificationAlgorithm("HTTPS");
      socket.setSSLParameters(parameters);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new RawHttp(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The certificate that the server has shown. */
  Certificate certificate() {
    try {
      return ((SSLSocket) socket).getSession().getPeerCertificates()[0];
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A connection from another address of loopback. */
  static RawHttp from(String address, int port) {
    try {
      Socket socket =
          new Socket(InetAddress.getByName("127.0.0.1"), port, InetAddress.getByName(address), 0);
      socket.setSoTimeout(PATIENCE_MILLIS);
      return new RawHttp(socket);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Sends one text on a connection of its own, and reads one answer. */
  static Reply once(int port, String text) {
    try (RawHttp raw = to(port)) {
      return raw.send(text).reply();
    }
  }

  RawHttp send(String text) {
    Matcher request = REQUEST.matcher(text);
    if (request.lookingAt()) {
      isPipelined |= asked != null || REQUEST.matcher(text.substring(request.end())).find();
      asked = isPipelined ? null : request.toMatchResult();
    }
    return send(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  RawHttp send(byte[] bytes) {
    try {
      socket.getOutputStream().write(bytes);
      socket.getOutputStream().flush();
      return this;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The next answer; of HEAD say {@link #head}. */
  Reply reply() {
    return reply(true);
  }

  /** The next answer, to a HEAD. */
  Reply head() {
    return reply(false);
  }

  private Reply reply(boolean withBody) {
    try {
      InputStream in = socket.getInputStream();
      List<String> head = new ArrayList<>();
      String first = line(in);
      for (String line = line(in); !line.isEmpty(); line = line(in)) {
        head.add(line);
      }
      int status = Integer.parseInt(first.split(" ", -1)[1]);
      Reply bare = new Reply(status, head, "");
      boolean bodiless = !withBody || status == 304 || status == 204 || status < 200;
      Reply reply = bodiless ? bare : new Reply(status, head, body(in, bare));
      if (status >= 200) {
        check(reply);
      }
      return reply;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void check(Reply reply) {
    MatchResult request = asked;
    asked = null;
    if (request == null || !reply.header("Content-Encoding").isEmpty()) {
      return;
    }
    Map<String, List<String>> headers = new HashMap<>();
    for (String line : reply.head) {
      int colon = line.indexOf(':');
      headers
          .computeIfAbsent(line.substring(0, colon), _ -> new ArrayList<>())
          .add(line.substring(colon + 1).strip());
    }
    Contract.served()
        .check(
            new Contract.Exchange(
                request.group(1),
                request.group(2),
                Map.of(),
                null,
                reply.status,
                headers,
                reply.body.getBytes(StandardCharsets.UTF_8)));
  }

  private static String body(InputStream in, Reply head) throws IOException {
    if (head.header("Transfer-Encoding").equals("chunked")) {
      ByteArrayOutputStream all = new ByteArrayOutputStream();
      for (int size = Integer.parseInt(line(in), 16);
          size > 0;
          size = Integer.parseInt(line(in), 16)) {
        all.write(in.readNBytes(size));
        line(in);
      }
      line(in);
      return all.toString(StandardCharsets.UTF_8);
    }
    String length = head.header("Content-Length");
    byte[] bytes = length.isEmpty() ? in.readAllBytes() : in.readNBytes(Integer.parseInt(length));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static String line(InputStream in) throws IOException {
    StringBuilder line = new StringBuilder();
    for (int c = in.read(); c != '\n'; c = in.read()) {
      if (c < 0) {
        throw new IOException("the connection ended after '" + line + "'");
      }
      line.append((char) c);
    }
    return line.toString().strip();
  }

  /** Whether anything like an answer of HTTP comes before the server ends the connection. */
  boolean hasHttp() {
    try {
      byte[] all = socket.getInputStream().readAllBytes();
      return new String(all, StandardCharsets.ISO_8859_1).contains("HTTP/");
    } catch (IOException e) {
      return false;
    }
  }

  /** Whether the server ends the connection, having sent nothing more. */
  boolean isClosed() {
    try {
      return socket.getInputStream().read() < 0;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (IOException e) {
      return true;
    }
  }

  @Override
  public void close() {
    try {
      socket.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
