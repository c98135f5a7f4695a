package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.command.LocalKey;
import io.mnemogrid.command.RunRecord;
import io.mnemogrid.state.CanonicalReader;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.HttpRetryException;
import java.net.HttpURLConnection;
import java.net.Proxy;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URL;
import java.net.URLEncoder;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import javax.net.ssl.HttpsURLConnection;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/**
 * The API of a member, as commands ask it. What goes wrong there is a sentence and a code.
 *
 * <p>It asks by {@link HttpURLConnection}, which starts no thread and loads fewer classes than the
 * HttpClient of the JDK, so that a short command ends sooner. A redirect is not followed, and a
 * POST is sent once.
 */
final class ApiClient {
  /** Where a member of this machine answers that was given no port. */
  static final String USUAL = "http://127.0.0.1:8080";

  /** How long it waits to connect, and for each further piece of the answer. */
  private static final int PATIENCE_MILLIS = 60_000;

  /** Twice the largest bundle; what is larger is no answer of a member. */
  private static final int MOST_BYTES = 32 << 20;

  private static final int MOST_PORT = 65_535;

  /** What to do about a space that is not there, in words of the command. */
  private static final String NO_SPACE = "./mnemogrid spaces lists them, --create NAME makes one";

  private static final Set<Integer> GOOD = Set.of(200, 202);

  private final String url;
  private final Optional<String> named; // the key that the user names
  private final Optional<LocalKey> local; // else that of the data folder, for its own member
  private final Optional<SSLSocketFactory> issuers;

  /**
   * A client of the member at an http or https URL, for a user of the usual data folder. A path in
   * the URL is put before each path that is asked for.
   */
  ApiClient(String url) {
    this(url, Installation.here().data(), Installation.here().issuers());
  }

  /** The same, for a user of that data folder. */
  ApiClient(String url, Path data) {
    this(url, data, Installation.here().issuers());
  }

  /** The same; at https:// the issuers in that file are trusted, or else those that Java trusts. */
  ApiClient(String url, Path data, Optional<Path> issuers) {
    this.url = url.replaceFirst("/+$", "");
    if (!isOfHttp(this.url)) {
      throw new CommandFailure(
          ExitCode.USAGE, "--url wants http://HOST:PORT or https://HOST:PORT, not '" + url + "'");
    }
    this.named = Installation.here().key();
    this.local = named.isPresent() ? Optional.empty() : LocalKey.find(data, URI.create(this.url));
    this.issuers =
        this.url.startsWith("https:") ? issuers.map(ApiClient::trusting) : Optional.empty();
  }

  private static SSLSocketFactory trusting(Path issuers) {
    try (InputStream in = Files.newInputStream(issuers)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate each : CertificateFactory.getInstance("X.509").generateCertificates(in)) {
        store.setCertificateEntry("issuer-" + store.size(), each);
      }
      if (store.size() == 0) {
        throw new CertificateException("there is none");
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context.getSocketFactory();
    } catch (IOException | GeneralSecurityException e) {
      throw new CommandFailure(
          ExitCode.USAGE, "MNEMOGRID_CA: " + issuers + " is no file of certificates as PEM", e);
    }
  }

  /** The API of the member that runs on the usual data folder, else of the usual port. */
  static String usual() {
    return RunRecord.running(Installation.here().data(), "member")
        .flatMap(member -> member.setting("MNEMOGRID_HTTP_PORT"))
        .map(RunRecord::api)
        .orElse(USUAL);
  }

  private static boolean isOfHttp(String url) {
    try {
      URI uri = new URI(url);
      return Set.of("http", "https").contains(String.valueOf(uri.getScheme()))
          && uri.getHost() != null
          && uri.getPort() <= MOST_PORT
          && uri.getRawQuery() == null
          && uri.getRawFragment() == null;
    } catch (URISyntaxException e) {
      return false;
    }
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** What stands at a path of the API. */
  byte[] get(String path) {
    return send("GET", path);
  }

  /** What stands at a path of the API, as a JSON object. */
  Json.Obj getJson(String path) {
    return read(path, get(path));
  }

  /** The answer to a POST without a body. */
  Json.Obj post(String path) {
    return read(path, send("POST", path));
  }

  /** The answer to a POST of JSON. It is sent once. */
  Json.Obj postJson(String path, Json json) {
    try {
      byte[] body = exchange(path, json.canonicalBytes(), Map.of("Accept", "application/json"));
      Json.Obj answer = read(path, body);
      if (answer.get("code") instanceof Json.Str && answer.get("hint") instanceof Json.Str) {
        int status = answer.get("status") instanceof Json.Num number ? (int) number.value() : 0;
        throw failure(status, new String(body, StandardCharsets.UTF_8));
      }
      return answer;
    } catch (HttpRetryException e) { // how a 401 to a POST shows itself
      int status = e.responseCode();
      throw new CommandFailure(exit(status), sentence(status, "") + keyless(status), e);
    } catch (IOException e) {
      throw new CommandFailure(ExitCode.UNAVAILABLE, sentence(e), e);
    }
  }

  private Json.Obj read(String path, byte[] body) {
    try {
      if (json(body) instanceof Json.Obj object) {
        return object;
      }
      throw new JsonException("", "the root is an object");
    } catch (JsonException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_TELL, url + path + " answers what is no JSON object", e);
    }
  }

  /**
   * As {@link Json#parse(byte[])}. Members answer canonical texts, and the reader of these starts
   * sooner: Jackson needs the JDK's BigDecimal, which raises powers of five when it starts.
   */
  static Json json(byte[] utf8) {
    try {
      CanonicalReader reader = new CanonicalReader(utf8);
      Json value = reader.value();
      reader.end();
      return value;
    } catch (JsonException e) { // it may be JSON all the same
      return Json.parse(utf8);
    }
  }

  /** As {@link Json#parse(String)}, in the same way. */
  static Json json(String text) {
    return Json.hasLoneSurrogate(text) // UTF-8 would turn it into a question mark
        ? Json.parse(text)
        : json(text.getBytes(StandardCharsets.UTF_8));
  }

  /**
   * The body of the answer to a POST of JSON, whatever its status.
   *
   * @param headers further ones of the request
   * @throws IOException when no answer came; what was sent may have been received
   */
  byte[] exchange(String path, byte[] json, Map<String, String> headers) throws IOException {
    HttpURLConnection connection = prepare("POST", path);
    headers.forEach(connection::setRequestProperty);
    connection.setFixedLengthStreamingMode(json.length);
    if (local.isPresent()) {
      refuseStranger(connection, local.get());
    }
    try (OutputStream out = connection.getOutputStream()) {
      out.write(json);
    }
    return body(connection, connection.getResponseCode());
  }

  private byte[] send(String method, String path) {
    try {
      HttpURLConnection connection = open(method, path);
      int status = connection.getResponseCode(); // negative where the answer is no HTTP
      byte[] body = body(connection, status);
      if (GOOD.contains(status)) {
        return body;
      }
      throw failure(status, new String(body, StandardCharsets.UTF_8));
    } catch (HttpRetryException e) { // how a 401 to a POST shows itself
      throw failure(e.responseCode(), "");
    } catch (IOException e) {
      throw unanswered(e);
    }
  }

  /**
   * An answer, whatever its status.
   *
   * @param text the body
   * @param etag the tag of the version that it is about, with its quotes; empty where it has none
   * @param retryAfter in seconds; 0 where it names no time
   */
  record Answer(int status, String text, String etag, long retryAfter) {
    /** The body, when it is a JSON object. */
    Optional<Json.Obj> object() {
      try {
        return json(text) instanceof Json.Obj object ? Optional.of(object) : Optional.empty();
      } catch (JsonException e) {
        return Optional.empty();
      }
    }
  }

  /**
   * Sends a request once.
   *
   * @param body empty for none
   * @throws IOException when no answer came; what was sent may have been received
   */
  Answer call(String method, String path, Map<String, String> headers, byte[] body)
      throws IOException {
    if (method.equals("PATCH")) {
      return patch(path, headers, body);
    }
    HttpURLConnection connection = prepare(method, path);
    headers.forEach(connection::setRequestProperty);
    if (body.length > 0 || method.equals("POST")) {
      connection.setRequestProperty("Content-Type", "application/json");
      connection.setDoOutput(true);
      connection.setFixedLengthStreamingMode(body.length);
    }
    if (local.isPresent()) {
      refuseStranger(connection, local.get());
    }
    try {
      if (connection.getDoOutput()) {
        try (OutputStream out = connection.getOutputStream()) {
          out.write(body);
        }
      }
      int status = connection.getResponseCode();
      if (status < 0) {
        throw new IOException("the answer is no HTTP");
      }
      return new Answer(
          status,
          new String(body(connection, status), StandardCharsets.UTF_8),
          Objects.requireNonNullElse(connection.getHeaderField("ETag"), ""),
          seconds(connection.getHeaderField("Retry-After")));
    } catch (HttpRetryException e) { // how a 401 to a POST shows itself
      return new Answer(e.responseCode(), "", "", 0);
    }
  }

  private static long seconds(@Nullable String header) {
    return header != null && header.matches("[0-9]{1,6}") ? Long.parseLong(header) : 0;
  }

  private Answer patch(String path, Map<String, String> headers, byte[] body) throws IOException {
    Map<String, String> all = new LinkedHashMap<>(headers);
    named
        .or(() -> local.map(LocalKey::text))
        .ifPresent(key -> all.put("Authorization", "Bearer " + key));
    return PatchRequest.send(
        URI.create(url + path),
        all,
        body,
        issuers,
        PATIENCE_MILLIS,
        () -> local.ifPresent(this::refuseStranger));
  }

  /**
   * Opens a stream of events, and returns it whatever its status.
   *
   * @param patience how long a silence may last
   * @throws IOException when no answer came
   */
  HttpURLConnection stream(String path, Map<String, String> headers, Duration patience)
      throws IOException {
    HttpURLConnection connection = prepare("GET", path);
    connection.setReadTimeout(Math.toIntExact(patience.toMillis()));
    headers.forEach(connection::setRequestProperty);
    if (local.isPresent()) {
      refuseStranger(connection, local.get());
    }
    return connection;
  }

  /** The body of an answer that is no stream. */
  String textOf(HttpURLConnection connection) throws IOException {
    return new String(body(connection, connection.getResponseCode()), StandardCharsets.UTF_8);
  }

  /** What an answer that is no success means for whoever called. */
  CommandFailure failure(int status, String text) {
    String sentence = sentence(status, text) + keyless(status);
    try {
      Json.Obj problem = Json.parseObject(text);
      if (problem.get("detail") instanceof Json.Str && problem.get("hint") instanceof Json.Str) {
        String code = text(problem, "code");
        String detail = text(problem, "detail");
        return code.equals("unknown-space")
            ? new CommandFailure(
                exit(status), detail + " (" + NO_SPACE + ")", code, detail, NO_SPACE)
            : new CommandFailure(
                exit(status), sentence, code, detail, text(problem, "hint") + keyless(status));
      }
    } catch (JsonException e) {
      return new CommandFailure(exit(status), sentence);
    }
    return new CommandFailure(exit(status), sentence);
  }

  /** That no answer came. */
  CommandFailure unanswered(IOException failure) {
    return new CommandFailure(ExitCode.UNAVAILABLE, sentence(failure), failure);
  }

  private HttpURLConnection open(String method, String path) throws IOException {
    HttpURLConnection connection = prepare(method, path);
    boolean isPost = method.equals("POST");
    if (isPost) {
      connection.setFixedLengthStreamingMode(0); // else the JDK sends it again if no answer comes
    }
    if (local.isPresent()) {
      refuseStranger(connection, local.get());
    }
    if (isPost) {
      connection.getOutputStream().close();
    }
    return connection;
  }

  private HttpURLConnection prepare(String method, String path) throws IOException {
    URL address = URI.create(url + path).toURL();
    HttpURLConnection connection =
        (HttpURLConnection)
            (local.isPresent() ? address.openConnection(Proxy.NO_PROXY) : address.openConnection());
    connection.setConnectTimeout(PATIENCE_MILLIS);
    connection.setReadTimeout(PATIENCE_MILLIS);
    connection.setInstanceFollowRedirects(false);
    if (connection instanceof HttpsURLConnection tls) {
      issuers.ifPresent(tls::setSSLSocketFactory);
    }
    connection.setRequestMethod(method);
    named
        .or(() -> local.map(LocalKey::text))
        .ifPresent(key -> connection.setRequestProperty("Authorization", "Bearer " + key));
    if (method.equals("POST")) {
      connection.setRequestProperty("Content-Type", "application/json");
      connection.setDoOutput(true);
    }
    return connection;
  }

  /** Connects, which sends nothing, and goes no further unless it is the member that accepted. */
  private void refuseStranger(HttpURLConnection connection, LocalKey key) throws IOException {
    connection.setRequestProperty("Connection", "close"); // each one is looked at
    connection.connect();
    try {
      refuseStranger(key);
    } catch (CommandFailure e) {
      connection.disconnect();
      throw e;
    }
  }

  /** Called once there is a connection, on which nothing was sent. */
  private void refuseStranger(LocalKey key) {
    if (!key.isStillWithItsMember()) {
      throw new CommandFailure(
          ExitCode.UNAVAILABLE,
          "the member at " + url + " has just ended, and no key is sent to who listens there now");
    }
  }

  private byte[] body(HttpURLConnection connection, int status) throws IOException {
    boolean isError = status >= HttpURLConnection.HTTP_BAD_REQUEST;
    try (@Nullable InputStream in =
        isError ? connection.getErrorStream() : connection.getInputStream()) {
      byte[] body = in == null ? new byte[0] : in.readNBytes(MOST_BYTES + 1);
      if (body.length > MOST_BYTES) {
        throw new CommandFailure(
            ExitCode.CANNOT_TELL, url + " answers more than " + (MOST_BYTES >> 20) + " MiB");
      }
      return body;
    }
  }

  /** What to do about a 401 of a server that was sent no key. */
  private String keyless(int status) {
    return status == HttpURLConnection.HTTP_UNAUTHORIZED && named.isEmpty() && local.isEmpty()
        ? "; no key was sent: name one as MNEMOGRID_KEY. That of a data folder goes to the member"
            + " that ./mnemogrid run has on it, and to nobody else"
        : "";
  }

  /** How a command ends after an answer with this status. */
  static ExitCode exit(int status) {
    return switch (status) {
      case 400 -> ExitCode.USAGE;
      case 401, 403 -> ExitCode.NOT_ALLOWED;
      case 404 -> ExitCode.NOTHING_THERE;
      case 409, 412 -> ExitCode.CONFLICT;
      case 429, 503 -> ExitCode.UNAVAILABLE;
      default -> ExitCode.CANNOT_TELL;
    };
  }

  private String sentence(IOException failure) {
    return switch (failure) {
      case UnknownHostException _ ->
          "there is no host of " + url + ": name another member with --url";
      case SSLException _ ->
          "no TLS with "
              + url
              + " ("
              + failure.getMessage()
              + "): is it http://? An issuer of your own is named by MNEMOGRID_CA";
      default -> "nobody answers at " + url + ": start ./mnemogrid run, or name another with --url";
    };
  }

  /** Detail and hint of a problem, or the bare status. */
  private static String sentence(int status, String text) {
    try {
      Json.Obj problem = Json.parseObject(text);
      if (problem.get("detail") instanceof Json.Str detail
          && problem.get("hint") instanceof Json.Str hint) {
        return detail.value() + " (" + hint.value() + ")";
      }
    } catch (JsonException e) {
      return "the server answers " + status;
    }
    return "the server answers " + status;
  }

  /** A text member of an answer; empty where it has none. */
  static String text(Json.Obj object, String name) {
    return object.get(name) instanceof Json.Str text ? text.value() : "";
  }
}
