package io.mnemogrid.api;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.state.JsonException;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** How parameters, conditions and JSON answers are spelled in HTTP. */
final class Params {
  /** Most items of one list. */
  static final int MAX_LIMIT = 500;

  /** Most bytes of an answer that is neither a stream of lines nor a blob. */
  static final int MAX_ANSWER_BYTES = 8 << 20;

  private static final int DEFAULT_LIMIT = 50;
  private static final Pattern VERSION = Pattern.compile("[0-9]{1,16}");

  private Params() {}

  /** A parameter as {@code reader} understands it; its IllegalArgumentException becomes a 400. */
  static <T> T read(String name, String text, Function<String, T> reader) {
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw new ProblemException(Problem.badParameter(name, String.valueOf(e.getMessage())));
    }
  }

  /**
   * What {@code reader} makes of the request's body; what it refuses becomes a 400. Only around the
   * reading of bodies: our own data that cannot be read is no fault of the client's.
   */
  static <T> T body(Supplier<T> reader) {
    try {
      return reader.get();
    } catch (JsonException e) {
      throw new ProblemException(
          Problem.badRequest(String.valueOf(e.getMessage()), Problem.OVERVIEW)
              .at(e.pointer(), e.detail()));
    }
  }

  /** An answer that would have more than {@link #MAX_ANSWER_BYTES}. */
  static Problem tooLarge(String what, String hint) {
    return Problem.of(
        HttpStatus.REQUEST_ENTITY_TOO_LARGE,
        "answer-too-large",
        what + " is more than the 8 MiB that an answer may have",
        hint);
  }

  /** Whether a text is spelled as a version is. */
  static boolean isVersion(String text) {
    return VERSION.matcher(text).matches();
  }

  /** A version or number, 0 or greater; {@code absent} when it is not given. */
  static long number(String name, @Nullable String text, long absent) {
    if (text == null) {
      return absent;
    }
    if (!isVersion(text)) {
      throw new ProblemException(Problem.badParameter(name, "is a whole number from 0"));
    }
    return Long.parseLong(text);
  }

  /** How many items a list has at most. */
  static int limit(@Nullable String text) {
    long limit = number("limit", text, DEFAULT_LIMIT);
    if (limit < 1 || limit > MAX_LIMIT) {
      throw new ProblemException(Problem.badParameter("limit", "is 1 to " + MAX_LIMIT));
    }
    return (int) limit;
  }

  /** The tag of a version: the leaf hash tells the histories apart, the version is for people. */
  static String etag(LogHead head) {
    return "\"" + head.version() + "." + head.leafHash().toString().substring(2, 18) + "\"";
  }

  /** Whether {@code If-None-Match} names this tag (RFC 9110 §13.1.2, weak comparison). */
  static boolean isKnown(HttpRequest<?> request, String etag) {
    for (String line : request.getHeaders().getAll("If-None-Match")) {
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
  static boolean prefersMinimal(HttpRequest<?> request) {
    return request.getHeaders().getAll("Prefer").stream()
        .flatMap(line -> Stream.of(line.split(",", -1)))
        .map(preference -> preference.replaceAll(";.*|[ \"]", ""))
        .anyMatch(preference -> preference.toLowerCase(Locale.ROOT).equals("return=minimal"));
  }

  /** A list: its items in canonical JSON, and how to ask for the next ones. */
  static byte[] list(List<String> items, String next) {
    return new ObjectText()
        .member("items", "[" + String.join(",", items) + "]")
        .member("next", next)
        .toBytes();
  }

  /** 200 with canonical JSON that says nothing of later. */
  static MutableHttpResponse<byte[]> ok(byte[] json) {
    return json(HttpResponse.ok(), json).header("Cache-Control", "no-store");
  }

  /** The answer with canonical JSON as its body. */
  static MutableHttpResponse<byte[]> json(MutableHttpResponse<?> response, byte[] json) {
    return response.body(json).contentType(MediaType.APPLICATION_JSON_TYPE);
  }

  /** 304, or the answer that carries the tag. */
  static MutableHttpResponse<byte[]> tagged(
      HttpRequest<?> request, String etag, String cacheControl, MutableHttpResponse<byte[]> full) {
    MutableHttpResponse<byte[]> response =
        isKnown(request, etag) ? HttpResponse.notModified() : full;
    response.getHeaders().set("ETag", etag).set("Cache-Control", cacheControl);
    return response;
  }
}
