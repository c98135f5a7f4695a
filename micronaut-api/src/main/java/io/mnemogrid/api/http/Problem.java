package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.MediaType;
import io.micronaut.http.MutableHttpResponse;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;

/**
 * Why a request got no success (RFC 9457).
 *
 * @param status of the answer, 400 to 599
 * @param code the stable name that programs compare
 * @param detail what is wrong with this request
 * @param hint the next call to make
 * @param faults where in the request
 * @param members further members
 */
public record Problem(
    HttpStatus status,
    String code,
    String detail,
    String hint,
    List<Fault> faults,
    Map<String, Json> members) {
  /** The media type of a problem. */
  public static final String TYPE = "application/problem+json";

  /** The hint where no call is nearer. */
  public static final String OVERVIEW = "GET /openapi.yaml lists every call with its members";

  private static final String LOG_DAMAGED = "log-damaged";
  private static final String CHECKPOINT_DAMAGED = "checkpoint-damaged";

  /** What does not mend itself: asking again is of no use. */
  private static final Set<String> LASTING = Set.of(LOG_DAMAGED, CHECKPOINT_DAMAGED);

  private static final String REQUEST_ID = "mnemogrid.request-id";
  private static final String CODE = "mnemogrid.problem";

  /**
   * One thing that is wrong.
   *
   * @param pointer JSON Pointer into the body, or {@code ?name} of a query parameter
   */
  record Fault(String pointer, String detail) {}

  /** Copies both collections. */
  public Problem {
    faults = List.copyOf(faults);
    members = Map.copyOf(members);
  }

  /** A problem without places and further members. */
  public static Problem of(HttpStatus status, String code, String detail, String hint) {
    return new Problem(status, code, detail, hint, List.of(), Map.of());
  }

  /** A 400 of a request that cannot be read, or that means nothing: {@code bad-request}. */
  public static Problem badRequest(String detail, String hint) {
    return of(HttpStatus.BAD_REQUEST, "bad-request", detail, hint);
  }

  /** A query parameter or path variable that cannot be read. */
  public static Problem badParameter(String name, String detail) {
    return badRequest(name + ": " + detail, OVERVIEW).at("?" + name, detail);
  }

  /** A 404 with that code. */
  public static Problem notFound(String code, String detail, String hint) {
    return of(HttpStatus.NOT_FOUND, code, detail, hint);
  }

  /** A 404 of a space that is not there, or that the key is not granted. */
  public static Problem unknownSpace(SpaceName space) {
    return notFound(
        "unknown-space", "there is no space " + space, "PUT /v1/spaces/" + space + " creates it");
  }

  /** A 404 of a version that the log of the space does not have. */
  public static Problem unknownVersion(SpaceName space, long version) {
    return notFound(
        "unknown-version",
        "the log of " + space + " has no version " + version,
        "GET /v1/spaces/" + space + " shows the newest version");
  }

  /** A 503 with that code, whose hint is to send the same again. */
  public static Problem unavailable(String code, String detail) {
    return of(
        HttpStatus.SERVICE_UNAVAILABLE,
        code,
        detail,
        "send the same request again; GET /health says what does not work");
  }

  /** A database that works and refuses what a write holds. */
  public static Problem storeRefused(String reason) {
    return of(
        HttpStatus.UNPROCESSABLE_ENTITY,
        "store-refused",
        "the database does not take it: " + reason,
        "nothing of it happened, and it is refused again until it is another one, or whoever runs"
            + " the database has changed the constraint or trigger that refuses it");
  }

  /** A space whose log is damaged. Asking again is of no use before somebody has looked into it. */
  public static Problem logDamaged(SpaceName space, long version, String what) {
    return of(
            HttpStatus.SERVICE_UNAVAILABLE,
            LOG_DAMAGED,
            "the log of space " + space + " is damaged at version " + version + ": " + what,
            "./mnemogrid fsck tells all that is wrong; the other spaces are served, and"
                + " docs/backup.md says how to come back from a copy")
        .with("space", Json.of(space.text()))
        .with("version", Json.of(version));
  }

  /** A checkpoint that is damaged. Asking again is of no use before somebody has looked into it. */
  static Problem checkpointDamaged(String what) {
    return of(
        HttpStatus.SERVICE_UNAVAILABLE,
        CHECKPOINT_DAMAGED,
        what,
        "spaces and the other checkpoints are served; docs/backup.md says how to come back from a"
            + " copy");
  }

  /** This problem with one more fault. */
  public Problem at(String pointer, String what) {
    List<Fault> more = new ArrayList<>(faults);
    more.add(new Fault(pointer, what));
    return new Problem(status, code, detail, hint, more, members);
  }

  /** This problem with one more member. */
  public Problem with(String name, Json value) {
    Map<String, Json> more = new TreeMap<>(members);
    more.put(name, value);
    return new Problem(status, code, detail, hint, faults, more);
  }

  /** The request's id in answers and in the log. */
  public static String requestId(HttpRequest<?> request) {
    return request
        .getAttribute(REQUEST_ID, String.class)
        .orElseGet(() -> {
          String id = newRequestId();
          request.setAttribute(REQUEST_ID, id);
          return id;
        });
  }

  /** A new id of a request, for one that is answered before anybody reads it: 16 hex digits. */
  public static String newRequestId() {
    byte[] random = new byte[8];
    ThreadLocalRandom.current().nextBytes(random);
    return HexFormat.of().formatHex(random);
  }

  /** The code of the problem that a request was answered with, or a word for a status alone. */
  public static String codeOf(HttpRequest<?> request, int status) {
    return request.getAttribute(CODE, String.class).orElseGet(() -> "http-" + status);
  }

  /** The answer, with the headers that {@link #fill} gives it. */
  public MutableHttpResponse<byte[]> toResponse(HttpRequest<?> request) {
    return fill(HttpResponse.status(status), request);
  }

  /**
   * Puts the problem into an answer that may already have headers. With 429 and 503 it says {@code
   * Retry-After: 1}, but for what does not mend itself.
   */
  public MutableHttpResponse<byte[]> fill(MutableHttpResponse<?> response, HttpRequest<?> request) {
    response.status(status);
    request.setAttribute(CODE, code);
    if (status == HttpStatus.TOO_MANY_REQUESTS
        || status == HttpStatus.SERVICE_UNAVAILABLE && !LASTING.contains(code)) {
      response.header("Retry-After", "1");
    }
    response.header("Cache-Control", "no-store");
    return response
        .body(toJson(requestId(request)).canonicalBytes())
        .contentType(MediaType.of(TYPE));
  }

  /**
   * The body: the members of RFC 9457, {@code code}, {@code hint}, {@code errors}, {@code
   * request_id}, and the further ones. Halves of characters, which a request may hold, are
   * replaced.
   */
  public Json.Obj toJson(String requestId) {
    Map<String, Json> all = new TreeMap<>(members);
    all.put("type", Json.of("urn:mnemogrid:problem:" + code));
    all.put("title", Json.of(title()));
    all.put("status", Json.of(status.getCode()));
    all.put("detail", Json.of(printable(detail)));
    all.put("code", Json.of(code));
    all.put("hint", Json.of(printable(hint)));
    all.put("request_id", Json.of(requestId));
    List<Json> errors = new ArrayList<>();
    for (Fault fault : faults) {
      errors.add(
          Json.object(
              Map.of(
                  "pointer", Json.of(printable(fault.pointer)),
                  "detail", Json.of(printable(fault.detail)))));
    }
    all.put("errors", new Json.Arr(errors));
    return new Json.Obj(all);
  }

  private String title() {
    return Character.toUpperCase(code.charAt(0)) + code.substring(1).replace('-', ' ');
  }

  /** Replaces each half of a surrogate pair, which a text that quotes a request may hold. */
  private static String printable(String text) {
    return Json.hasLoneSurrogate(text) ? text.replaceAll("\\p{Cs}", "\uFFFD") : text;
  }
}
