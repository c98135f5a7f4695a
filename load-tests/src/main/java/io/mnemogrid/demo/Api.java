package io.mnemogrid.demo;

import io.mnemogrid.state.Json;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The HTTP API as a stranger uses it. Every call has a time limit. */
final class Api {
  private static final Duration LIMIT = Duration.ofSeconds(15);
  private static final int PAGE = 500;

  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();
  private final String base;
  private final String key;

  /** The API at a URL; {@code key} is empty where it asks for none. */
  Api(String base, String key) {
    this.key = key;
    this.base = base.endsWith("/") ? base.substring(0, base.length() - 1) : base;
  }

  /** An answer, of whatever status. */
  @SuppressWarnings("ArrayRecordComponent") // lives for one call and is never compared
  record Answer(int status, byte[] body) {
    String text() {
      return new String(body, StandardCharsets.UTF_8);
    }

    Answer want(int... wanted) {
      for (int one : wanted) {
        if (status == one) {
          return this;
        }
      }
      throw new IllegalStateException("the API answered " + status + ": " + Fields.shorten(text()));
    }

    Fields fields() {
      return Fields.parse(text());
    }
  }

  Answer get(String path) {
    return send(request(path).GET());
  }

  Answer put(String path) {
    return send(request(path).PUT(HttpRequest.BodyPublishers.noBody()));
  }

  Answer post(String path, Json body) {
    return send(
        request(path)
            .header("Content-Type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofByteArray(body.canonicalBytes())));
  }

  /** All records of a space, oldest first, as canonical bytes. */
  List<byte[]> records(String space) {
    List<byte[]> records = new ArrayList<>();
    while (true) {
      Fields page =
          get("/v1/spaces/" + space + "/updates?since=" + records.size() + "&limit=" + PAGE)
              .want(200)
              .fields();
      List<Json> items = page.items("items");
      items.forEach(item -> records.add(item.canonicalBytes()));
      if (!page.has("next")) {
        return records;
      }
    }
  }

  /** The record of one version. */
  Fields record(String space, long version) {
    return get("/v1/spaces/" + space + "/updates?since=" + (version - 1) + "&limit=1")
        .want(200)
        .fields()
        .objects("items")
        .getFirst();
  }

  private HttpRequest.Builder request(String path) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(URI.create(base + path))
            .timeout(LIMIT)
            .header("Accept", "application/json");
    return key.isEmpty() ? request : request.header("Authorization", "Bearer " + key);
  }

  private Answer send(HttpRequest.Builder builder) {
    HttpRequest request = builder.build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      return new Answer(response.statusCode(), response.body());
    } catch (IOException e) {
      throw new IllegalStateException(
          request.method() + " " + request.uri() + " has no answer: " + e, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while waiting for " + request.uri(), e);
    }
  }
}
