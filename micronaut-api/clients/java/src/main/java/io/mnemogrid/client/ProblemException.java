package io.mnemogrid.client;

import java.util.ArrayList;
import java.util.List;

/**
 * A refusal of a member, {@code application/problem+json} (RFC 9457). Programs compare the code.
 */
public final class ProblemException extends MnemogridException {
  private static final long serialVersionUID = 1;

  /** The HTTP status. */
  private final int status;

  /** The whole problem; an object without members when the answer was none. */
  private final transient Json problem;

  /** A place of what was sent that was refused. */
  public record Place(String pointer, String detail) {}

  ProblemException(int status, Json problem) {
    super(sentence(status, problem), null);
    this.status = status;
    this.problem = problem;
  }

  private static String sentence(int status, Json problem) {
    String hint = textOf(problem, "hint");
    return status
        + " "
        + textOf(problem, "code")
        + ": "
        + textOf(problem, "detail")
        + (hint.isEmpty() ? "" : " (" + hint + ")");
  }

  private static String textOf(Json problem, String name) {
    return problem.member(name).filter(Json.Str.class::isInstance).map(Json::text).orElse("");
  }

  /** The HTTP status. */
  public int status() {
    return status;
  }

  /** The code, which programs compare; empty when the answer was no problem of a member. */
  public String code() {
    return textOf(problem, "code");
  }

  /** What happened, for people. */
  public String detail() {
    return textOf(problem, "detail");
  }

  /** The next call to make. */
  public String hint() {
    return textOf(problem, "hint");
  }

  /** The id under which the member's log has it. */
  public String requestId() {
    return textOf(problem, "request_id");
  }

  /** The places: JSON Pointers into the body, or {@code ?name} for a parameter. */
  public List<Place> errors() {
    List<Place> errors = new ArrayList<>();
    if (problem.member("errors").orElse(Json.Null.VALUE) instanceof Json.Arr places) {
      places
          .items()
          .forEach(
              place -> errors.add(new Place(textOf(place, "pointer"), textOf(place, "detail"))));
    }
    return errors;
  }

  /** The whole problem, with the members that its code has besides. */
  public Json problem() {
    return problem;
  }
}
