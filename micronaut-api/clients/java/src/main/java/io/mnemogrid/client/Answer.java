package io.mnemogrid.client;

import java.net.http.HttpHeaders;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Optional;

/** What a member answered. */
final class Answer {
  private static final int OK = 200;
  private static final int REDIRECTS = 300;
  private static final int NOT_MODIFIED = 304;

  private final int status;
  private final HttpHeaders headers;
  private final byte[] body;

  Answer(int status, HttpHeaders headers, byte[] body) {
    this.status = status;
    this.headers = headers;
    this.body = body;
  }

  int status() {
    return status;
  }

  /** Whether it is no success. A redirect is none: a member sends none, and nothing was done. */
  boolean isError() {
    return status >= REDIRECTS && status != NOT_MODIFIED;
  }

  /** The JSON of a success. */
  Json json() {
    try {
      return Json.parse(body);
    } catch (JsonException e) {
      throw new BadAnswerException("the answer is no JSON: " + e.getMessage(), e);
    }
  }

  /** The shape of the JSON of a success. */
  Shape shape() {
    return Shape.of(json());
  }

  String text() {
    try {
      return JsonText.decode(body);
    } catch (JsonException e) {
      throw new BadAnswerException("the answer is no text: " + e.getMessage(), e);
    }
  }

  /** The tag of the version that was read, with its quotes. */
  String etag() {
    return headers
        .firstValue("ETag")
        .orElseThrow(() -> new BadAnswerException("the answer has no ETag", null));
  }

  ProblemException problem() {
    try {
      return new ProblemException(status, Json.parse(body));
    } catch (JsonException e) {
      return new ProblemException(status, Json.Obj.EMPTY); // of a proxy, say
    }
  }

  String code() {
    return status == OK ? "" : problem().code();
  }

  /** How long the member asks to wait: a number of seconds, or a date (RFC 9110 §10.2.3). */
  Optional<Duration> retryAfter() {
    return headers.firstValue("Retry-After").flatMap(Answer::pause);
  }

  private static Optional<Duration> pause(String value) {
    try {
      Duration pause =
          value.chars().allMatch(Character::isDigit)
              ? Duration.ofSeconds(Long.parseLong(value))
              : Duration.between(
                  Instant.now(),
                  ZonedDateTime.parse(value, DateTimeFormatter.RFC_1123_DATE_TIME).toInstant());
      return Optional.of(pause.isNegative() ? Duration.ZERO : pause);
    } catch (DateTimeException | NumberFormatException e) {
      return Optional.empty();
    }
  }
}
