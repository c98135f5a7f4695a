package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RawHttp.Reply;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** HTTP/1.1 as RFC 9110 and 9112 have it, where servers and proxies are known to disagree. */
class GrammarIT {
  private final RunningServer api = RunningServer.shared();
  private final int port = api.server().getPort();
  private final String space = api.newSpace();
  private final String host = "Host: localhost:" + port + "\r\n";
  private final String updates = "/v1/spaces/" + space + "/updates";

  private Reply get(String path, String headers) {
    return RawHttp.once(port, "GET " + path + " HTTP/1.1\r\n" + host + headers + "\r\n");
  }

  /**
   * Checks a refusal after which the connection is closed, because of a request unlike the rest.
   */
  private Reply refused(String text, int status, String code) {
    try (RawHttp raw = RawHttp.to(port)) {
      Reply reply = raw.send(text).reply().isProblem(status, code);
      assertThat(reply.header("Connection")).isEqualToIgnoringCase("close");
      assertThat(raw.isClosed()).isTrue();
      assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
      return reply;
    }
  }

  private String post(String headers, String body) {
    return "POST "
        + updates
        + " HTTP/1.1\r\n"
        + host
        + "Content-Type: application/json\r\n"
        + headers
        + "\r\n"
        + body;
  }

  @Test
  void namesTheBoundOfLineAndHeaders() {
    Reply line =
        refused(
            "GET /v1/spaces/" + "x".repeat(9000) + " HTTP/1.1\r\n" + host + "\r\n",
            414,
            "line-too-long");
    assertThat(line.detail()).contains("8192").doesNotContain("MiB");
    Reply headers =
        refused(
            "GET /v1/spaces HTTP/1.1\r\n" + host + "X: " + "x".repeat(20_000) + "\r\n\r\n",
            431,
            "headers-too-large");
    assertThat(headers.detail()).contains("16384");
    refused(
        "GET /v1/spaces HTTP/1.1\r\n" + host + "X: y\r\n".repeat(5000) + "\r\n",
        431,
        "headers-too-large");
  }

  @ParameterizedTest
  @CsvSource({
    "get, HTTP/1.1, 501, unknown-method",
    "Get, HTTP/1.1, 501, unknown-method",
    "BREW, HTTP/1.1, 501, unknown-method",
    "GET, HTTP/2.0, 505, unsupported-version",
    "GET, HTTP/0.9, 505, unsupported-version",
    "GET, HTTP/3.0, 505, unsupported-version",
    "PRI, HTTP/2.0, 505, unsupported-version",
  })
  void knowsItsMethodsAndItsVersion(String method, String version, int status, String code) {
    refused(method + " /v1/spaces " + version + "\r\n" + host + "\r\n", status, code);
  }

  @Test
  void refusesForHeadWithoutABody() {
    try (RawHttp raw = RawHttp.to(port)) {
      Reply reply = raw.send("HEAD /v1/spaces HTTP/2.0\r\n" + host + "\r\n").head();
      assertThat(reply.status()).isEqualTo(505);
      assertThat(raw.isClosed()).isTrue();
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "xchunked",
        "gzip",
        "gzip, chunked",
        "chunked, chunked",
        "identity",
        "chunked;q=1"
      })
  void knowsOneTransferEncoding(String coding) {
    String delta = RunningServer.delta("te", 0, "/x", "1");
    refused(
        post(
            "Transfer-Encoding: " + coding + "\r\n",
            Integer.toHexString(delta.length()) + "\r\n" + delta + "\r\n0\r\n\r\n"),
        501,
        "unsupported-encoding");
  }

  @Test
  void refusesTwoWaysToSayWhereABodyEnds() {
    String delta = RunningServer.delta("te", 0, "/x", "1");
    String length = "Content-Length: " + delta.length() + "\r\n";
    refused(post(length + "Transfer-Encoding: xchunked\r\n", delta), 501, "unsupported-encoding");
    refused(post(length + "Transfer-Encoding: chunked\r\n", "0\r\n\r\n"), 400, "bad-request");
    refused(post(length + "Content-Length: 0\r\n", delta), 400, "bad-request");
    refused(post("Content-Length: -1\r\n", delta), 400, "bad-request");
    refused(post("Content-Length : 5\r\n", delta), 400, "bad-request");
    refused(
        post("Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n", "0\r\n\r\n"),
        501,
        "unsupported-encoding");
    refused(
        post("Transfer-Encoding: chunked\r\n", "0\r\n\r\n").replace("HTTP/1.1", "HTTP/1.0"),
        400,
        "bad-request");
  }

  @Test
  void refusesChunksThatEndTheirLinesOtherwise() {
    String delta = RunningServer.delta("lf", 0, "/x", "1");
    try (RawHttp raw = RawHttp.to(port)) {
      raw.send(
          post(
              "Transfer-Encoding: chunked\r\n",
              Integer.toHexString(delta.length()) + "\n" + delta + "\r\n0\r\n\r\n"));
      raw.reply().isProblem(400, "bad-request");
      assertThat(raw.isClosed()).isTrue();
    }
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  @Test
  void saysAtOnceThatABodyWouldBeTooLarge() {
    Reply reply =
        refused(post("Expect: 100-continue\r\nContent-Length: 99999999\r\n", ""), 413, "too-large");
    assertThat(reply.detail()).contains("4 MiB");
    String delta = RunningServer.delta("expected", 0, "/x", "1");
    try (RawHttp raw = RawHttp.to(port)) {
      raw.send(post("Expect: 100-continue\r\nContent-Length: " + delta.length() + "\r\n", ""));
      assertThat(raw.reply().status()).isEqualTo(100);
      assertThat(raw.send(delta).reply().status()).isEqualTo(201);
    }
  }

  @Test
  void keepsTheConnectionAndTheLengthAtHead() {
    api.commit(space, RunningServer.delta("h", 0, "/x", "\"" + "y".repeat(5000) + "\""));
    for (String path :
        new String[] {
          "/v1/members",
          "/v1/spaces/" + space + "/state",
          updates,
          "/health/liveness",
          "/no/such/place",
          "/v1/spaces/nobody-made-it",
          "/openapi.yaml",
          "/v1/audits"
        }) {
      try (RawHttp raw = RawHttp.to(port)) {
        String head = "HEAD " + path + " HTTP/1.1\r\n" + host + "\r\n";
        Reply first = raw.send(head + head).head();
        Reply second = raw.head();
        Reply get = raw.send("GET " + path + " HTTP/1.1\r\n" + host + "\r\n").reply();
        assertThat(first.status()).as(path).isEqualTo(get.status());
        assertThat(second.status()).isEqualTo(get.status());
        assertThat(first.header("Connection")).as(path).isEmpty();
        assertThat(first.header("Content-Type")).isEqualTo(get.header("Content-Type"));
        if (get.status() == 200) {
          assertThat(first.header("Content-Length"))
              .as(path)
              .isEqualTo(get.header("Content-Length"));
        } else {
          assertThat(first.header("Content-Length")).as(path).isNotEmpty();
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "application/*|200|application/json",
        "*/*|200|application/json",
        "APPLICATION/JSON|200|application/json",
        "text/html, application/xhtml+xml, */*;q=0.1|200|application/json",
        "application/x-ndjson;q=0.5, application/json|200|application/json",
        "application/x-ndjson, application/json;q=0.5|200|application/x-ndjson",
        "application/x-ndjson, */*|200|application/x-ndjson",
        "application/x-ndjson|200|application/x-ndjson",
        "application/json;q=0, application/*|200|application/x-ndjson",
        "application/json;q=0|406|application/problem+json",
        "*/*;q=0|406|application/problem+json",
        "application/json;q=x|406|application/problem+json",
        "image/png|406|application/problem+json",
        "text/*|406|application/problem+json",
      })
  void weighsTheTypesThatAreAccepted(String accept, int status, String type) {
    Reply reply = get(updates, "Accept: " + accept + "\r\n");
    assertThat(reply.status()).isEqualTo(status);
    assertThat(reply.header("Content-Type")).startsWith(type);
    assertThat(reply.head()).anyMatch(line -> line.equalsIgnoreCase("vary: Accept"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/state?path=/a&path=/facts",
        "/state?path=/a&p%61th=/facts",
        "/state?Path=/a",
        "/state?pth=/a",
        "/state?path=/a&",
        "/diff?from=0&path=",
        "/state?path=%E0%A4",
        "/state?path=%ED%A0%80",
        "/state?path=%ff",
        "/state?path=%C0%AF",
        "/updates?limit=1&limit=2",
        "/proofs/fact?path=/a&version=1",
        "?x=1",
        "/%ff",
        "/state?path=/a#b",
        "/state?path=/\u00e4",
      })
  void readsAddressesStrictly(String rest) {
    boolean trailing = rest.endsWith("&");
    Reply reply = get("/v1/spaces/" + space + rest, "");
    if (trailing) {
      assertThat(reply.status()).isEqualTo(404); // an empty parameter is none
    } else {
      reply.isProblem(400, "bad-request");
    }
  }

  @Test
  void namesTheParameterThatIsWrong() {
    assertThat(get("/v1/spaces/" + space + "/state?path=/a&path=/b", "").body())
        .contains("\"?path\"")
        .contains("twice");
    assertThat(get("/v1/spaces/" + space + "/state?pth=/b", "").body())
        .contains("\"?pth\"")
        .contains("at, path, reserved, view");
  }

  @Test
  void takesASemicolonInAPointer() {
    api.commit(space, RunningServer.delta("s", 0, "/a;b", "7"));
    assertThat(get("/v1/spaces/" + space + "/state?path=/a;b", "").body()).isEqualTo("7");
  }

  @Test
  void takesAnAddressWithItsOwnName() {
    api.commit(space, RunningServer.delta("n", 0, "/a&b", "7"));
    String state = "/v1/spaces/" + space + "/state?path=%2Fa%26b";
    assertThat(get("http://localhost:" + port + state, "").body()).isEqualTo("7");
    get("http://evil.example" + state, "").isProblem(400, "bad-request");
    get("//localhost:" + port + state, "").isProblem(400, "bad-request");
    get("v1/spaces", "").isProblem(400, "bad-request");
  }

  @ParameterizedTest
  @CsvSource({"/v1/spaces/%zz,12", "/v1/spaces/[x],12", "/v1/spaces?a=^,14"})
  void saysWhereAnAddressIsNoUri(String path, int character) {
    Reply reply = get(path, "").isProblem(400, "bad-request");
    assertThat(reply.detail()).contains("character " + character);
  }

  @Test
  void packsNoAnswerThatHasATag() {
    api.commit(space, RunningServer.delta("g", 0, "/x", "\"" + "y".repeat(5000) + "\""));
    String gzip = "Accept-Encoding: gzip\r\n";
    Reply tagged = get("/v1/spaces/" + space + "/state", gzip);
    assertThat(tagged.header("ETag")).isNotEmpty();
    assertThat(tagged.header("Content-Encoding")).isEmpty();
    assertThat(tagged.body()).contains("yyyy");
    try (RawHttp raw = RawHttp.to(port)) {
      Reply list = raw.send("GET " + updates + " HTTP/1.1\r\n" + host + gzip + "\r\n").reply();
      assertThat(list.header("Content-Encoding")).isEqualTo("gzip");
      assertThat(list.head()).anyMatch(line -> line.equalsIgnoreCase("vary: Accept-Encoding"));
    }
  }

  @Test
  void packsNoAnswerThatWouldHoldUpItsEventLoop() {
    StringBuilder leaves = new StringBuilder("{");
    for (int i = 0; i < 3; i++) {
      leaves.append(i == 0 ? "" : ",").append("\"k" + i + "\":\"" + "y".repeat(100_000) + '"');
    }
    api.commit(space, RunningServer.delta("g", 0, "/x", leaves.append('}').toString()));
    try (RawHttp raw = RawHttp.to(port)) {
      String gzip = "Accept-Encoding: gzip\r\n";
      Reply list = raw.send("GET " + updates + " HTTP/1.1\r\n" + host + gzip + "\r\n").reply();
      assertThat(list.header("Content-Encoding")).isEmpty();
      assertThat(list.head()).anyMatch(line -> line.equalsIgnoreCase("vary: Accept-Encoding"));
      assertThat(list.body()).contains("yyyy");
    }
  }

  @Test
  void createsOnlyWhenAskedTo() {
    String put = "PUT /v1/spaces/";
    String rest = " HTTP/1.1\r\n" + host + "If-None-Match: *\r\n\r\n";
    assertThat(RawHttp.once(port, put + space + "-new" + rest).status()).isEqualTo(201);
    RawHttp.once(port, put + space + "-new" + rest).isProblem(412, "precondition-failed");
    RawHttp.once(port, put + space + rest.replace("*", "\"1.0000000000000000\""))
        .isProblem(400, "precondition-unsupported");
    RawHttp.once(port, put + space + rest.replace("\r\n\r\n", "\r\nIf-Match: *\r\n\r\n"))
        .isProblem(400, "precondition-unsupported");
  }
}
