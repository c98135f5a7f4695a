package io.mnemogrid.api.http;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import java.util.List;

/** How JSON answers are spelled in HTTP, and how large they may be. */
public final class Answers {
  /** Most bytes of an answer that is neither a stream of lines nor a blob. */
  public static final int MAX_ANSWER_BYTES = 8 << 20;

  private Answers() {}

  /** A list: its items in canonical JSON, and how to ask for the next ones. */
  public static byte[] list(List<String> items, String next) {
    return new ObjectText()
        .member("items", "[" + String.join(",", items) + "]")
        .member("next", next)
        .toBytes();
  }

  /** 200 with canonical JSON that is true now only, so no cache may keep it. */
  public static MutableHttpResponse<byte[]> ok(byte[] json) {
    return json(HttpResponse.ok(), json).header("Cache-Control", "no-store");
  }

  /** The answer with canonical JSON as its body. */
  public static MutableHttpResponse<byte[]> json(MutableHttpResponse<?> response, byte[] json) {
    return response.body(json).contentType(MediaType.APPLICATION_JSON_TYPE);
  }

  /** An answer that would have more than {@link #MAX_ANSWER_BYTES}. */
  public static Problem tooLarge(String what, String hint) {
    return Problem.of(
        HttpStatus.REQUEST_ENTITY_TOO_LARGE,
        "answer-too-large",
        what + " is more than the 8 MiB that an answer may have",
        hint);
  }
}
