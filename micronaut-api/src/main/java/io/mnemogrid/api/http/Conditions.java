package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.Map;

/** What clients ask for in headers: conditions over the tags of versions, and what they prefer. */
public final class Conditions {
  private Conditions() {}

  /** The tag of a version: the leaf hash tells the histories apart, the version is for people. */
  public static String etag(LogHead head) {
    return etag(head.version(), head.leafHash());
  }

  /** The tag of a version whose record has that leaf hash. */
  public static String etag(long version, Hash leafHash) {
    return "\"" + HeadTag.of(version, leafHash) + "\"";
  }

  /** The head that a precondition met instead of the one that it demands. */
  public static Json.Obj current(long version, Hash root, Hash leafHash) {
    return Json.object(
        Map.of(
            "etag", Json.of(etag(version, leafHash)),
            "root", Json.of(root.toString()),
            "version", Json.of(version)));
  }

  /** Whether {@code If-None-Match} names this tag (RFC 9110 §13.1.2, weak comparison). */
  static boolean isKnown(HttpRequest<?> request, String etag) {
    for (String line : request.getHeaders().getAll("If-None-Match")) {
      if (line.equals(etag)) {
        return true;
      }
      for (String tag : line.split(",", -1)) {
        String opaque = tag.strip();
        if (opaque.equals("*") || opaque.equals(etag) || opaque.equals("W/" + etag)) {
          return true;
        }
      }
    }
    return false;
  }

  /** Whether {@code Prefer} asks for {@code return=minimal} (RFC 7240 §4.2). */
  public static boolean prefersMinimal(HttpRequest<?> request) {
    return prefers(request, "return=minimal");
  }

  /** Whether {@code Prefer} asks for secrets to be cut out. */
  public static boolean prefersRedacted(HttpRequest<?> request) {
    return prefers(request, "redact");
  }

  private static boolean prefers(HttpRequest<?> request, String wanted) {
    for (String line : request.getHeaders().getAll("Prefer")) {
      for (int at = 0; at <= line.length(); ) {
        int comma = line.indexOf(',', at);
        int end = comma < 0 ? line.length() : comma;
        if (names(line, at, end, wanted)) {
          return true;
        }
        at = end + 1;
      }
    }
    return false;
  }

  /**
   * Whether a preference is this one, in whatever case, without its parameters, its blanks and its
   * quotes.
   */
  private static boolean names(String line, int from, int end, String wanted) {
    int same = 0;
    for (int i = from; i < end && line.charAt(i) != ';'; i++) {
      char c = line.charAt(i);
      if (c != ' ' && c != '"') {
        if (same == wanted.length() || Character.toLowerCase(c) != wanted.charAt(same)) {
          return false;
        }
        same++;
      }
    }
    return same == wanted.length();
  }

  /** 304, or the answer that carries the tag. */
  public static MutableHttpResponse<byte[]> tagged(
      HttpRequest<?> request, String etag, String cacheControl, MutableHttpResponse<byte[]> full) {
    MutableHttpResponse<byte[]> response =
        isKnown(request, etag) ? HttpResponse.notModified() : full;
    response.getHeaders().set("ETag", etag).set("Cache-Control", cacheControl);
    return response;
  }
}
