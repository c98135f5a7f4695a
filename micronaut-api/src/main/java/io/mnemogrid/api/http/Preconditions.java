package io.mnemogrid.api.http;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpStatus;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.HeadTag;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a request that changes something demands of the head (RFC 9110 §13.1). {@code If-Match}
 * compares strongly, so a weak tag matches nothing. A tag that is none of ours matches nothing
 * either.
 */
public final class Preconditions {
  private static final String IF_MATCH = "If-Match";
  private static final String IF_NONE_MATCH = "If-None-Match";

  /** An entity tag at the beginning of a list, with the comma behind it (RFC 9110 §8.8.3). */
  private static final Pattern TAG =
      Pattern.compile("[ \\t,]*+(W/)?\"([\\x21\\x23-\\x7e\\x80-\\xff]*+)\"[ \\t]*+(,|$)");

  private Preconditions() {}

  /** The condition of a commit; {@link Condition#NONE} without such a header. */
  public static Condition of(HttpRequest<?> request) {
    List<String> match = request.getHeaders().getAll(IF_MATCH);
    List<String> noneMatch = request.getHeaders().getAll(IF_NONE_MATCH);
    if (!match.isEmpty() && !noneMatch.isEmpty()) {
      throw unsupported("If-Match and If-None-Match in one request are not honoured");
    }
    if (!noneMatch.isEmpty()) {
      if (!isAny(noneMatch)) {
        throw unsupported("the only If-None-Match here is *");
      }
      return Condition.UNWRITTEN;
    }
    if (match.isEmpty()) {
      return Condition.NONE;
    }
    return isAny(match) ? Condition.WRITTEN : Condition.isOneOf(tags(String.join(",", match)));
  }

  /** Whether a PUT wants the space to be new. */
  public static boolean mustBeNew(HttpRequest<?> request) {
    return of(request).equals(Condition.UNWRITTEN);
  }

  /**
   * Whether {@code If-Match} of a PUT of a space is fulfilled, where {@code head} is null while
   * there is no space. Its {@code *} is a space that is there, also one without a version.
   */
  public static boolean isMatch(HttpRequest<?> request, @Nullable LogHead head) {
    return switch (of(request)) {
      case Condition.Any _, Condition.Unwritten _ -> true;
      case Condition.Written _ -> head != null;
      case Condition.IsOneOf named -> head != null && named.holds(head.version(), head.leafHash());
    };
  }

  private static boolean isAny(List<String> lines) {
    return lines.size() == 1 && lines.get(0).strip().equals("*");
  }

  static List<HeadTag> tags(String list) {
    List<HeadTag> tags = new ArrayList<>();
    Matcher tag = TAG.matcher(list);
    int at = 0;
    do {
      tag.region(at, list.length());
      if (!tag.lookingAt()) { // looks at one place: at each, a list of blanks would take n²
        throw new ProblemException(
            Problem.badRequest(
                "If-Match is * or a list of tags in quotes, as ETag has them",
                "send the ETag of a GET …/state, with its quotes"));
      }
      if (tag.group(1) == null) {
        HeadTag.find(String.valueOf(tag.group(2))).ifPresent(tags::add);
      }
      at = tag.end();
    } while (at < list.length());
    return tags;
  }

  private static ProblemException unsupported(String detail) {
    return new ProblemException(
        Problem.of(
            HttpStatus.BAD_REQUEST,
            "precondition-unsupported",
            detail + ", and ignoring it would be dangerous",
            "send one header: If-Match with the ETag that you have seen, or If-None-Match: *"));
  }
}
