package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RawHttp.Reply;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Who is let in: no page of others, nobody who calls us by another name, no body without a type.
 */
class DoorIT {
  private final RunningServer api = RunningServer.shared();
  private final int port = api.server().getPort();
  private final String space = api.newSpace();

  private Reply send(String method, String path, String headers, String body) {
    return RawHttp.once(port, request(method, path, headers, body));
  }

  /** A request whose headers are separated by {@code |}; PORT in them is the server's. */
  private String request(String method, String path, String headers, String body) {
    String lines = headers.replace("PORT", "" + port).replace("|", "\r\n");
    return method
        + " "
        + path
        + " HTTP/1.1\r\n"
        + (lines.isEmpty() ? "" : lines + "\r\n")
        + (body.isEmpty() ? "" : "Content-Length: " + body.length() + "\r\n")
        + "\r\n"
        + body;
  }

  private String delta(String id) {
    return RunningServer.delta(id, 0, "/x", "1");
  }

  private void nothingIsWritten() {
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "Host: evil.example:PORT|Origin: http://evil.example:PORT; 421; misdirected",
        "Host: evil.example; 421; misdirected",
        "Host: 0.0.0.0:PORT|Origin: http://evil.example; 421; misdirected",
        "Host: 0.0.0.0:PORT; 421; misdirected",
        "Host: foo.localhost:PORT; 421; misdirected",
        "Host: localhost.:PORT; 421; misdirected",
        "Host: localhost; 421; misdirected",
        "Host: 127.0.0.1:1; 421; misdirected",
        "Host: 127.0.0.1.evil.example:PORT; 421; misdirected",
        "Host: [::1%eth0]:PORT; 421; misdirected",
        "Host: [::1]; 421; misdirected",
        "Host:; 421; misdirected",
        "X: y; 400; bad-request",
        "Host: 127.0.0.1:PORT|Host: 127.0.0.1:PORT; 400; bad-request",
        "Host: 127.0.0.1:PORT|Host: evil.example; 400; bad-request",
        "Host: 127.0.0.1:PORT|Origin: http://evil.example; 403; origin",
        "Host: localhost:PORT|Origin: https://localhost:PORT; 403; origin",
        "Host: 127.0.0.1:PORT|Origin: null; 403; origin",
        "Host: 127.0.0.1:PORT|Origin: file://; 403; origin",
        "Host: localhost:PORT|Origin: http://localhost:3000; 403; origin",
        "Host: localhost:PORT|Origin: http://127.0.0.1:PORT; 403; origin",
        "Host: localhost:PORT|Origin:; 403; origin",
        "Host: localhost:PORT|Origin: http://localhost:PORT|Origin: http://evil.example; 403;"
            + " origin",
      })
  void refusesAnotherNameAndPagesOfOthersOnEveryRoute(String headers, int status, String code) {
    String json = "|Content-Type: application/json";
    String updates = "/v1/spaces/" + space + "/updates";
    send("GET", "/v1/spaces", headers, "").isProblem(status, code);
    send("GET", "/v1/spaces/" + space + "/state", headers, "").isProblem(status, code);
    send("GET", "/prometheus", headers, "").isProblem(status, code);
    send("GET", "/health/liveness", headers, "").isProblem(status, code);
    send("GET", "/openapi.yaml", headers, "").isProblem(status, code);
    send("GET", "/no/such/place", headers, "").isProblem(status, code);
    send("OPTIONS", updates, headers, "").isProblem(status, code);
    send("PUT", "/v1/spaces/by-a-page", headers, "").isProblem(status, code);
    send("POST", updates, headers, delta("p")).isProblem(status, code);
    send("POST", updates, headers + json, delta("p")).isProblem(status, code);
    send("POST", "/v1/audits", headers, "").isProblem(status, code);
    send("POST", "/v1/checkpoints", headers, "").isProblem(status, code);
    send("POST", "/v1/spaces/" + space + "/rollback", headers + json, "{\"to\":0}")
        .isProblem(status, code);
    nothingIsWritten();
    api.get("/v1/spaces/by-a-page").isProblem(404, "unknown-space");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Host: localhost:PORT",
        "Host: LOCALHOST:PORT",
        "Host: 127.0.0.1:PORT",
        "Host: [::1]:PORT",
        "Host: localhost:PORT|Origin: http://localhost:PORT",
        "Host: 127.0.0.1:PORT|Origin: http://127.0.0.1:PORT|Sec-Fetch-Site: same-origin",
        "Host: 127.0.0.1:PORT|Sec-Fetch-Site: none",
      })
  void letsItsOwnNamesIn(String headers) {
    assertThat(send("GET", "/v1/spaces/" + space, headers, "").status()).isEqualTo(200);
    Reply written =
        send(
            "POST",
            "/v1/spaces/" + space + "/updates",
            headers + "|Content-Type: application/json; charset=utf-8",
            delta("ok"));
    assertThat(written.status()).as(written.body()).isEqualTo(201);
  }

  @ParameterizedTest
  @ValueSource(strings = {"cross-site", "same-site", "Cross-Site"})
  void changesNothingForAPageOfAnotherSite(String site) {
    String headers = "Host: localhost:PORT|Content-Type: application/json|Sec-Fetch-Site: " + site;
    send("POST", "/v1/spaces/" + space + "/updates", headers, delta("p")).isProblem(403, "origin");
    send("PUT", "/v1/spaces/" + space, headers, "{}").isProblem(403, "origin");
    send("POST", "/v1/audits", headers, "").isProblem(403, "origin");
    send("DELETE", "/v1/audits", headers, "").isProblem(403, "origin");
    nothingIsWritten();
  }

  @Test
  void tellsBrowsersToShowItsAnswersToNobodyElse() {
    for (String path : List.of("/v1/spaces", "/no/such/place", "/prometheus")) {
      Reply reply = send("GET", path, "Host: localhost:PORT", "");
      assertThat(reply.header("Cross-Origin-Resource-Policy")).isEqualTo("same-origin");
      assertThat(reply.header("X-Content-Type-Options")).isEqualTo("nosniff");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Content-Type:",
        "Content-Type: ;",
        "Content-Type: json",
        "Content-Type: text/plain",
        "Content-Type: text/plain; application/json",
        "Content-Type: application/x-www-form-urlencoded",
        "Content-Type: multipart/form-data; boundary=x",
        "Content-Type: application/json|Content-Type: text/plain",
      })
  void readsNoBodyWithoutItsType(String type) {
    String headers = "Host: localhost:PORT" + (type.isEmpty() ? "" : "|" + type);
    for (String path : List.of("/updates", "/rollback")) {
      send("POST", "/v1/spaces/" + space + path, headers, delta("p"))
          .isProblem(415, "unsupported-media-type");
    }
    send("PUT", "/v1/spaces/" + space, headers, "{}").isProblem(415, "unsupported-media-type");
    send("POST", "/v1/audits", headers, "{}").isProblem(415, "unsupported-media-type");
    send("GET", "/v1/spaces", headers, "{}").isProblem(415, "unsupported-media-type");
    send("POST", "/v1/spaces/" + space + "/updates", headers + "|Transfer-Encoding: chunked", "")
        .isProblem(415, "unsupported-media-type");
    nothingIsWritten();
  }

  @Test
  void asksForNoTypeWhereThereIsNoBody() {
    assertThat(send("PUT", "/v1/spaces/" + space, "Host: localhost:PORT", "").status())
        .isEqualTo(200);
    assertThat(
            send("POST", "/v1/checkpoints", "Host: localhost:PORT|Content-Length: 0", "").status())
        .isEqualTo(202);
  }

  // codings

  private static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }

  private Reply packed(String path, String coding, byte[] body) {
    try (RawHttp raw = RawHttp.to(port)) {
      return raw.send(
              (path.contains("updates") || path.contains("rollback") ? "POST " : "PUT ")
                  + path
                  + " HTTP/1.1\r\nHost: localhost:"
                  + port
                  + "\r\nContent-Type: application/json\r\nContent-Encoding: "
                  + coding
                  + "\r\nContent-Length: "
                  + body.length
                  + "\r\n\r\n")
          .send(body)
          .reply();
    }
  }

  @Test
  void unpacksGzipThatIsWhole() throws IOException {
    byte[] whole = gzip(delta("packed"));
    String updates = "/v1/spaces/" + space + "/updates";
    for (String path : List.of(updates, "/v1/spaces/" + space + "/rollback")) {
      for (int cut = 0; cut < whole.length; cut++) {
        if (cut > 20 && cut < whole.length - 12) {
          continue; // the header, and all of the end with checksum and length
        }
        byte[] part = Arrays.copyOf(whole, cut);
        Reply reply = packed(path, "gzip", part);
        assertThat(reply.status()).as("cut at %d: %s", cut, reply.body()).isEqualTo(400);
      }
      packed(path, "gzip", "{\"not\":\"gzip\"}".getBytes(StandardCharsets.UTF_8))
          .isProblem(400, "bad-request");
    }
    packed("/v1/spaces/" + space, "gzip", Arrays.copyOf(whole, whole.length - 6))
        .isProblem(400, "bad-request");
    nothingIsWritten();
    assertThat(packed(updates, "GZip", whole).status()).isEqualTo(201);
    assertThat(
            packed(updates, "identity", delta("plain").getBytes(StandardCharsets.UTF_8)).status())
        .isEqualTo(201);
  }

  @Test
  void unpacksNoMoreThanABodyMayHave() throws IOException {
    packed("/v1/spaces/" + space + "/updates", "gzip", gzip(" ".repeat(50 << 20)))
        .isProblem(413, "too-large");
    nothingIsWritten();
  }

  @ParameterizedTest
  @ValueSource(strings = {"br", "zstd", "deflate", "snappy", "bogus", "gzip, gzip", "gzip, br"})
  void readsNoOtherCoding(String coding) {
    byte[] body = delta("p").getBytes(StandardCharsets.UTF_8);
    packed("/v1/spaces/" + space + "/updates", coding, body).isProblem(415, "unsupported-encoding");
    packed("/v1/spaces/" + space, coding, body).isProblem(415, "unsupported-encoding");
    nothingIsWritten();
  }

  // settings

  @Test
  void letsInWhomTheSettingsName() {
    RunningServer named =
        RunningServer.start(
            Map.of(
                "mnemogrid.http.hosts",
                List.of("Grid.example", "tunnel.example:9000"),
                "mnemogrid.http.origins",
                List.of("https://console.example")));
    try {
      int of = named.server().getPort();
      for (String host : List.of("grid.example", "grid.example:" + of, "tunnel.example:9000")) {
        assertThat(get(of, "Host: " + host).status()).as(host).isEqualTo(200);
        assertThat(get(of, "Host: " + host + "\r\nOrigin: https://console.example").status())
            .isEqualTo(200);
        get(of, "Host: " + host + "\r\nOrigin: http://evil.example").isProblem(403, "origin");
      }
      for (String host : List.of("grid.example:9000", "tunnel.example", "tunnel.example:" + of)) {
        get(of, "Host: " + host).isProblem(421, "misdirected");
      }
      RawHttp.once(
              of,
              "PUT /v1/spaces/a HTTP/1.1\r\nHost: grid.example\r\nSec-Fetch-Site: cross-site\r\n"
                  + "\r\n")
          .isProblem(403, "origin");
      assertThat(
              RawHttp.once(
                      of,
                      "PUT /v1/spaces/a HTTP/1.1\r\nHost: grid.example\r\n"
                          + "Origin: https://console.example\r\nSec-Fetch-Site: cross-site\r\n\r\n")
                  .status())
          .isEqualTo(201);
    } finally {
      Server.stop(named.server());
    }
  }

  private static Reply get(int port, String headers) {
    return RawHttp.once(port, "GET /v1/spaces HTTP/1.1\r\n" + headers + "\r\n\r\n");
  }
}
