package io.mnemogrid.tool;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * {@code audit}: has the members of a running grid recompute every space, and waits for what they
 * find (docs/operate.md). Progress goes to standard error.
 */
public final class AuditCommand {
  /** All is well. */
  public static final int DONE = 0;

  /** The options are wrong, nobody answers, or not all could be found out. */
  public static final int CANNOT_TELL = 1;

  /** The store lies. */
  public static final int FOUND = 7;

  private static final String USAGE = "audit [--url API]";
  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration POLL = Duration.ofMillis(500);

  private final PrintStream out;
  private final PrintStream err;
  private final HttpClient client = HttpClient.newHttpClient();

  /** Prints to these. */
  public AuditCommand(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs it and exits with 0, 1 or 7. */
  public static void main(String[] args) {
    System.exit(new AuditCommand(System.out, System.err).run(args));
  }

  /** Runs it; 0, 1 or 7. */
  public int run(String... args) {
    boolean named = args.length == 2 && args[0].equals("--url");
    if (args.length != 0 && !named) {
      err.println("mnemogrid: say " + USAGE);
      return CANNOT_TELL;
    }
    String url = named ? args[1] : "http://127.0.0.1:8080";
    try {
      String id = text(send(url, "POST", "/v1/audits"), "id");
      while (true) {
        Json.Obj report = send(url, "GET", "/v1/audits/latest");
        if (!text(report, "id").equals(id)) {
          err.println("mnemogrid: another audit began meanwhile; ask again");
          return CANNOT_TELL;
        }
        if (!text(report, "status").equals("running")) {
          return told(report);
        }
        err.println(progress(report));
        LockSupport.parkNanos(POLL.toNanos());
      }
    } catch (IOException | IllegalArgumentException | IllegalStateException e) {
      err.println("mnemogrid: " + e.getMessage());
      return CANNOT_TELL;
    }
  }

  private static String progress(Json.Obj report) {
    return "  auditing: %s of %s spaces, %s of %s versions"
        .formatted(
            plain(report, "finished"),
            plain(report, "spaces"),
            plain(report, "done"),
            plain(report, "total"));
  }

  private int told(Json.Obj report) {
    String status = text(report, "status");
    if (status.equals("honest")) {
      out.printf(
          "honest: %s spaces, %s versions recomputed by the grid%n",
          plain(report, "finished"), plain(report, "done"));
      return DONE;
    }
    if (report.get("items") instanceof Json.Arr items) {
      for (Json item : items.items()) {
        if (item instanceof Json.Obj space && !text(space, "status").equals("honest")) {
          out.printf(
              "%s at %s: %s%n",
              text(space, "status").equals("lie") ? "LIE" : "unknown",
              text(space, "where"),
              text(space, "what"));
        }
      }
    }
    if (status.equals("lie")) {
      return FOUND;
    }
    err.printf(
        "mnemogrid: the audit ended with %s of %s spaces; the members' logs say why%n",
        plain(report, "finished"), plain(report, "spaces"));
    return CANNOT_TELL;
  }

  private static String text(Json.Obj object, String name) {
    return object.get(name) instanceof Json.Str text ? text.value() : "";
  }

  private static String plain(Json.Obj object, String name) {
    Json value = object.get(name);
    return value == null ? "?" : value.canonical();
  }

  private Json.Obj send(String url, String method, String path) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url + path))
            .timeout(PATIENCE)
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    HttpResponse<String> answer;
    try {
      answer = client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    } catch (IOException e) {
      throw new IOException(
          "nobody answers at " + url + ": start ./mnemogrid run, or name another with --url", e);
    }
    try {
      Json.Obj body = Json.parseObject(answer.body());
      if (!List.of(200, 202).contains(answer.statusCode())) {
        throw new IOException(text(body, "detail") + " (" + text(body, "hint") + ")");
      }
      return body;
    } catch (JsonException e) {
      throw new IOException(url + path + " answers " + answer.statusCode(), e);
    }
  }
}
