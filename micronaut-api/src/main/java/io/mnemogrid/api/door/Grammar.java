package io.mnemogrid.api.door;

import io.micronaut.http.HttpStatus;
import io.micronaut.http.server.netty.configuration.NettyHttpServerConfiguration;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.Problems;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.TooLongHttpHeaderException;
import io.netty.handler.codec.http.TooLongHttpLineException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rules for the head of a request (RFC 9112), without which nobody can say where its body ends
 * and what is asked. The codec is more lenient than a proxy in front of it may be. Where the two
 * disagree, a request can hide in the body of another.
 */
public final class Grammar {
  private static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

  private static final String MARKS = "/-._~!$&'()*+,;=:@?";

  private Grammar() {}

  /** Why the request is refused, null when it is not. */
  static @Nullable Problem refusal(HttpRequest request, NettyHttpServerConfiguration bounds) {
    Throwable failure = request.decoderResult().cause();
    if (failure != null) {
      return undecoded(failure, bounds);
    }
    HttpVersion version = request.protocolVersion();
    if (!version.equals(HttpVersion.HTTP_1_1) && !version.equals(HttpVersion.HTTP_1_0)) {
      request.setProtocolVersion(HttpVersion.HTTP_1_1); // the answer's is the request's
      return Problem.of(
          HttpStatus.HTTP_VERSION_NOT_SUPPORTED,
          "unsupported-version",
          "this is no HTTP/1.1",
          "send HTTP/1.1");
    }
    if (!METHODS.contains(request.method().name())) {
      return Problem.of(
          HttpStatus.NOT_IMPLEMENTED,
          "unknown-method",
          "there is no such method",
          "use GET, HEAD, POST, PUT, PATCH, DELETE or OPTIONS, in capitals");
    }
    Problem target = target(request);
    return target == null ? body(request, version, bounds) : target;
  }

  /**
   * Takes the server's name out of an address that has it (RFC 9112 §3.2.2), because the code that
   * reads it next would decode the rest twice.
   */
  private static @Nullable Problem target(HttpRequest request) {
    String target = request.uri();
    int name = target.indexOf("://");
    int slash = target.indexOf('/');
    int fault = fault(target);
    if (fault >= 0) {
      return Problem.badRequest(
          "the address is no URI from its character "
              + (fault + 1)
              + " on: a character that a URI does not have is written %XX",
          Problem.OVERVIEW);
    }
    if (slash == 0 && !target.startsWith("//") || target.equals("*")) {
      return null;
    }
    if (name < 1 || slash != name + 1) {
      return Problem.badRequest("an address is a path that begins with one /", Problem.OVERVIEW);
    }
    int end = name + 3;
    while (end < target.length() && "/?".indexOf(target.charAt(end)) < 0) {
      end++;
    }
    String host = request.headers().get(HttpHeaderNames.HOST);
    if (!target.substring(name + 3, end).equalsIgnoreCase(host)) {
      return Problem.badRequest(
          "the address names another host than the header Host", "name the same in both");
    }
    String rest = target.substring(end);
    request.setUri(rest.startsWith("/") ? rest : "/" + rest);
    return null;
  }

  /** Where a text has a character that no path or query has (RFC 3986), -1 for nowhere. */
  private static int fault(String target) {
    boolean brackets = !target.startsWith("/"); // of an IPv6 address, or in a query
    for (int i = 0; i < target.length(); i++) {
      char c = target.charAt(i);
      boolean plain = c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9';
      if (c == '%') {
        if (i + 2 >= target.length()
            || !isHex(target.charAt(i + 1))
            || !isHex(target.charAt(i + 2))) {
          return i;
        }
      } else if (!plain && MARKS.indexOf(c) < 0 && !(brackets && (c == '[' || c == ']'))) {
        return i;
      }
      brackets |= c == '?';
    }
    return -1;
  }

  private static boolean isHex(char c) {
    return Character.digit(c, 16) >= 0;
  }

  private static @Nullable Problem body(
      HttpRequest request, HttpVersion version, NettyHttpServerConfiguration bounds) {
    HttpHeaders headers = request.headers();
    List<String> codings = headers.getAll(HttpHeaderNames.TRANSFER_ENCODING);
    if (!codings.isEmpty() && version.equals(HttpVersion.HTTP_1_0)) {
      return Problem.badRequest(
          "HTTP/1.0 has no Transfer-Encoding", "send HTTP/1.1, or a Content-Length");
    }
    if (codings.size() > 1
        || codings.size() == 1 && !codings.get(0).strip().equalsIgnoreCase("chunked")) {
      return Problem.of(
          HttpStatus.NOT_IMPLEMENTED,
          "unsupported-encoding",
          "the only Transfer-Encoding here is chunked",
          "send a Content-Length, or Transfer-Encoding: chunked; a packed body has"
              + " Content-Encoding: gzip");
    }
    // A client that asks before it sends a body gets this answer at once, and no "100 Continue"
    // before it.
    boolean asks = HttpUtil.is100ContinueExpected(request);
    return asks && HttpUtil.getContentLength(request, 0L) > bounds.getMaxRequestSize()
        ? Problems.tooLarge()
        : null;
  }

  /** The problem of a body whose chunks cannot be read. */
  static Problem brokenBody() {
    return Problem.badRequest(
        "the chunks of the body cannot be read",
        "send a Content-Length, or chunks as in RFC 9112 §7.1, whose lines end with CR LF");
  }

  private static Problem undecoded(Throwable failure, NettyHttpServerConfiguration bounds) {
    return switch (failure) {
      case TooLongHttpLineException _ ->
          Problem.of(
              HttpStatus.REQUEST_URI_TOO_LONG,
              "line-too-long",
              "the first line of a request has at most "
                  + bounds.getMaxInitialLineLength()
                  + " bytes",
              "ask with a shorter path, for what stands above it");
      case TooLongHttpHeaderException _ ->
          Problem.of(
              HttpStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
              "headers-too-large",
              "the headers of a request have at most " + bounds.getMaxHeaderSize() + " bytes",
              "send fewer or shorter headers");
      default ->
          Problem.badRequest(
              "this is no HTTP/1.1 request: its first line, a header or the length of its body"
                  + " cannot be read",
              "send what RFC 9112 describes; curl -v shows what is sent");
    };
  }
}
