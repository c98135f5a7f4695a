package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;

/** The API of a member, as commands ask it. What goes wrong there is a sentence and a code. */
final class ApiClient implements AutoCloseable {
  /** Where a member of this machine answers that was given no port. */
  static final String USUAL = "http://127.0.0.1:8080";

  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Set<Integer> GOOD = Set.of(200, 202);

  private final String url;
  private final HttpClient client = HttpClient.newBuilder().connectTimeout(PATIENCE).build();

  ApiClient(String url) {
    this.url = url;
  }

  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** What stands at a path of the API. */
  byte[] get(String path) {
    return send("GET", path);
  }

  /** The same, read. */
  Json.Obj getJson(String path) {
    return read(path, get(path));
  }

  /** What a call without a body is answered. */
  Json.Obj post(String path) {
    return read(path, send("POST", path));
  }

  private Json.Obj read(String path, byte[] body) {
    try {
      return Json.parseObject(new String(body, StandardCharsets.UTF_8));
    } catch (JsonException e) {
      throw new CommandFailure(
          ExitCode.CANNOT_TELL, url + path + " answers what is no JSON object", e);
    }
  }

  private byte[] send(String method, String path) {
    HttpResponse<byte[]> answer;
    try {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(url + path))
              .timeout(PATIENCE)
              .method(method, HttpRequest.BodyPublishers.noBody())
              .build();
      answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
    } catch (IllegalArgumentException e) {
      throw new CommandFailure(ExitCode.USAGE, "no URL: " + url + path, e);
    } catch (IOException e) {
      throw new CommandFailure(
          ExitCode.UNAVAILABLE,
          "nobody answers at " + url + ": start ./mnemogrid run, or name another with --url",
          e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandFailure(ExitCode.CANNOT_TELL, "stopped while waiting", e);
    }
    if (!GOOD.contains(answer.statusCode())) {
      throw new CommandFailure(
          exit(answer.statusCode()),
          sentence(answer.statusCode(), new String(answer.body(), StandardCharsets.UTF_8)));
    }
    return answer.body();
  }

  private static ExitCode exit(int status) {
    return switch (status) {
      case 400 -> ExitCode.USAGE;
      case 401, 403 -> ExitCode.NOT_ALLOWED;
      case 404 -> ExitCode.NOTHING_THERE;
      case 409, 412 -> ExitCode.CONFLICT;
      case 503 -> ExitCode.UNAVAILABLE;
      default -> ExitCode.CANNOT_TELL;
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

  @Override
  public void close() {
    client.close();
  }
}
