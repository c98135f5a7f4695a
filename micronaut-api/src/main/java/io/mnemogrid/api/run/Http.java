package io.mnemogrid.api.run;

import java.io.IOException;
import java.io.OutputStream;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;

/** Asks the processes that were started how they are, by means that start no thread. */
final class Http {
  private static final int TIMEOUT_MILLIS = 2000;

  private Http() {}

  /** The status of a GET, 0 when nobody answers in time. */
  static int status(String url) {
    try {
      HttpURLConnection connection = open(url);
      return finished(connection);
    } catch (IOException e) {
      return 0;
    }
  }

  /** The status of a POST of JSON, 0 when nobody answers in time. */
  static int post(String url, String json) {
    try {
      HttpURLConnection connection = open(url);
      connection.setDoOutput(true);
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream body = connection.getOutputStream()) {
        body.write(json.getBytes(StandardCharsets.UTF_8));
      }
      return finished(connection);
    } catch (IOException e) {
      return 0;
    }
  }

  private static HttpURLConnection open(String url) throws IOException {
    HttpURLConnection connection = (HttpURLConnection) URI.create(url).toURL().openConnection();
    connection.setConnectTimeout(TIMEOUT_MILLIS);
    connection.setReadTimeout(TIMEOUT_MILLIS);
    return connection;
  }

  private static int finished(HttpURLConnection connection) throws IOException {
    try {
      return connection.getResponseCode();
    } finally {
      connection.disconnect();
    }
  }
}
