package io.mnemogrid.client;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The HTTP API of one member. Connections are kept open, and no request is sent twice without being
 * asked.
 */
public final class MemberApi {
  /**
   * Longer than the member's own limit. After that limit the member answers that it does not know.
   */
  public static final Duration PATIENCE = Duration.ofSeconds(20);

  private final HttpClient http;
  private final String name;
  private final String base;
  private final String key;

  public MemberApi(int port) {
    this("the member", port);
  }

  /** A member that has a name among others. */
  public MemberApi(String name, int port) {
    this(name, "http://127.0.0.1:" + port, "", client());
  }

  /**
   * A member anywhere.
   *
   * @param base {@code http://HOST:PORT} or the same with https
   * @param key what each request sends; empty for none
   */
  public MemberApi(String name, String base, String key, HttpClient http) {
    this.name = name;
    this.base = base;
    this.key = key;
    this.http = http;
  }

  /** A client as all drills have it. */
  public static HttpClient client() {
    return HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(2))
        .build();
  }

  /**
   * An answer of the member.
   *
   * @param tag the ETag without its quotes, empty when there is none
   */
  public record Reply(int status, String body, String tag) {
    /** The version of the tag. */
    public long version() {
      return Long.parseLong(tag.substring(0, tag.indexOf('.')));
    }

    /** The leaf hash in the tag: its first hex digits. */
    public String leafPrefix() {
      return tag.substring(tag.indexOf('.') + 1);
    }

    /** Whether a tag says which version the answer shows. */
    public boolean isTagged() {
      return tag.indexOf('.') > 0;
    }

    /** The code of a problem, else the status. */
    public String code() {
      return body.startsWith("{") && Answered.parse(body).has("code")
          ? Answered.parse(body).text("code")
          : Integer.toString(status);
    }

    public Reply want(int... statuses) {
      for (int one : statuses) {
        if (status == one) {
          return this;
        }
      }
      throw new IllegalStateException(
          "answered " + status + ": " + body.substring(0, Math.min(500, body.length())));
    }
  }

  /** The member's name. */
  public String name() {
    return name;
  }

  /** GET; null when there is no answer in time. */
  public @Nullable Reply tryGet(String path, Duration timeout) {
    return send(request(path, timeout).GET());
  }

  /** GET; null when there is no answer. */
  public @Nullable Reply tryGet(String path) {
    return tryGet(path, PATIENCE);
  }

  /** GET, which must be answered. */
  public Reply get(String path) {
    return answered(tryGet(path), path);
  }

  /** Creates a space, or finds that it exists. */
  public void create(SpaceName space) {
    String path = "/v1/spaces/" + space;
    answered(send(request(path, PATIENCE).PUT(HttpRequest.BodyPublishers.noBody())), path)
        .want(200, 201);
  }

  /** Commits what {@code body} holds; null when there is no answer in time. */
  public @Nullable Reply commit(SpaceName space, Json body, Duration timeout) {
    return send(
        request("/v1/spaces/" + space + "/updates", timeout)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.canonicalBytes())));
  }

  /** Reads the log, the head and the document of a space. Nobody may write meanwhile. */
  public History history(SpaceName space) {
    String path = "/v1/spaces/" + space;
    Reply log =
        answered(
            send(request(path + "/updates", PATIENCE).setHeader("Accept", "application/x-ndjson")),
            path + "/updates");
    Answered head = Answered.parse(get(path).want(200).body());
    Reply state = get(path + "/state?reserved=yes").want(200);
    return new History(
        space,
        log.want(200).body().lines().toList(),
        head.whole("version"),
        head.hash("root"),
        head.hash("log_root"),
        state.version(),
        Answered.parse(state.body()).object());
  }

  /** Asks for a checkpoint of all that is new. */
  public void requestCheckpoint() {
    String path = "/v1/checkpoints";
    answered(send(request(path, PATIENCE).POST(HttpRequest.BodyPublishers.noBody())), path)
        .want(202);
  }

  /** The newest checkpoints, newest first. */
  public List<Answered> checkpoints() {
    return Answered.parse(get("/v1/checkpoints?limit=500").want(200).body()).objects("items");
  }

  private HttpRequest.Builder request(String path, Duration timeout) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(timeout)
            .header("Accept", "application/json");
    return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
  }

  private static Reply answered(@Nullable Reply reply, String path) {
    if (reply == null) {
      throw new IllegalStateException("no answer from " + path);
    }
    return reply;
  }

  private @Nullable Reply send(HttpRequest.Builder request) {
    try {
      HttpResponse<String> response =
          http.send(request.build(), HttpResponse.BodyHandlers.ofString());
      String tag = response.headers().firstValue("ETag").orElse("");
      return new Reply(response.statusCode(), response.body(), tag.replace("\"", ""));
    } catch (IOException e) {
      return null; // whatever went wrong, nobody answered
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return null;
    }
  }
}
