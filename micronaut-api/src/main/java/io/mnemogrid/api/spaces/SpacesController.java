package io.mnemogrid.api.spaces;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.micronaut.http.annotation.Put;
import io.micronaut.http.annotation.QueryValue;
import io.micronaut.scheduling.TaskExecutors;
import io.micronaut.scheduling.annotation.ExecuteOn;
import io.mnemogrid.Finality;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.Conditions;
import io.mnemogrid.api.http.Gzip;
import io.mnemogrid.api.http.ObjectText;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Preconditions;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.keys.Needs;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Right;
import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.Secrets;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Spaces: which there are, their heads, and how far their versions have come towards the chain. */
@Controller("/v1/spaces")
@ExecuteOn(TaskExecutors.BLOCKING)
public final class SpacesController {
  private static final List<String> SUMMARY = List.of("policies", "summary");

  /** A summary has at most this many bytes besides its two values. */
  private static final int SUMMARY_FRAME_BYTES = 1000;

  private final Mnemogrid grid;
  private final Spaces spaces;
  private final Answering answering;
  private final Labour labour;

  SpacesController(Mnemogrid grid, Spaces spaces, Answering answering, Labour labour) {
    this.grid = grid;
    this.spaces = spaces;
    this.answering = answering;
    this.labour = labour;
  }

  /** Spaces by name; {@code cursor} is the {@code next} of the page before. */
  @Get
  @Needs(Right.SEE)
  HttpResponse<byte[]> list(
      HttpRequest<?> request,
      @QueryValue @Nullable String cursor,
      @QueryValue @Nullable String limit) {
    Grant grant = Access.of(request);
    int most = Params.limit(limit);
    String first = cursor == null ? "" : cursor;
    return Answers.ok(page(Spent.of(request), grant, first, most));
  }

  /**
   * Each space is loaded that is not held, because its head has the leaves and the root of the log.
   */
  private byte[] page(Spent spent, Grant grant, String first, int most) {
    List<String> items = new ArrayList<>();
    String at = first; // up to which heads were read
    String last = first; // the last one on the page
    while (true) {
      List<LogHead> heads = grid.spacesAfter(at, LogReader.PAGE);
      spent.work(Spent.PAGE);
      if (heads.isEmpty()) {
        return Answers.list(items, "null");
      }
      for (LogHead head : heads) {
        at = head.space().text();
        if (!grant.has(head.space())) {
          continue;
        }
        if (items.size() == most) {
          return Answers.list(items, Json.of(last).canonical());
        }
        if (grid.loaded(head.space()).isEmpty()) {
          spent.work(Spent.PAGE);
        }
        try {
          grid.space(head.space()).ifPresent(space -> items.add(head(space, space.head())));
        } catch (BrokenHistory e) {
          items.add(damaged(head, e)); // one damaged space does not hide the others
        }
        last = at;
      }
    }
  }

  private static String damaged(LogHead head, BrokenHistory what) {
    return new ObjectText()
        .member("damaged", Json.of(String.valueOf(what.getMessage())))
        .member("root", Json.of(head.root().toString()))
        .member("space", Json.of(head.space().text()))
        .member("version", head.version())
        .toString();
  }

  /**
   * Creates a space, with the policy in the body as its version 1; 200 when it is there with this
   * policy, 412 when it is there and {@code If-None-Match: *} wants a new one, or {@code If-Match}
   * names another head.
   */
  @Put("/{space}")
  @Needs(Right.CREATE)
  HttpResponse<byte[]> create(HttpRequest<byte[]> request, String space) {
    SpaceName name = Params.space(space);
    boolean mustBeNew = Preconditions.mustBeNew(request);
    LogHead before = grid.space(name).map(there -> there.head().head()).orElse(null);
    if (!Preconditions.isMatch(request, before)) {
      return preconditionFailed(
          request,
          before,
          before == null
              ? "there is no space " + name + ", and If-Match wants it"
              : "the head is another one than If-Match names",
          "GET /v1/spaces/" + name + " shows what is there");
    }
    byte[] body = labour.read(request, () -> Gzip.body(request));
    String policy =
        body.length == 0 ? "{}" : labour.read(request, () -> Params.body(() -> policy(body)));
    FoundSecret secret = Secrets.scan(Json.parse(policy));
    if (secret != null && before == null) {
      throw new ProblemException(Refusals.secret(secret.pointer(), secret.rule(), ""));
    }
    boolean created = grid.createSpace(name, policy);
    Space found = spaces.find(space);
    if (!created && mustBeNew) {
      return preconditionFailed(
          request,
          found.head().head(),
          "the space is there, and If-None-Match: * wants a new one",
          "choose another name, or PUT without that header");
    }
    if (!created && body.length > 0 && !found.policy().equals(policy)) {
      throw new ProblemException(
          Problem.of(
              HttpStatus.CONFLICT,
              "policy-differs",
              "the space is there with another policy, which a PUT does not change",
              "PUT without a body; an operator changes the policy by a delta that sets "
                  + Reserved.POLICY));
    }
    byte[] head = headBytes(found);
    return created
        ? Answers.json(HttpResponse.status(HttpStatus.CREATED), head)
            .header("Location", "/v1/spaces/" + name)
        : Answers.json(HttpResponse.ok(), head);
  }

  private static HttpResponse<byte[]> preconditionFailed(
      HttpRequest<?> request, @Nullable LogHead head, String detail, String hint) {
    Problem problem =
        Problem.of(HttpStatus.PRECONDITION_FAILED, "precondition-failed", detail, hint);
    return head == null
        ? problem.toResponse(request)
        : problem
            .with("current", Conditions.current(head.version(), head.root(), head.leafHash()))
            .toResponse(request)
            .header("ETag", Conditions.etag(head));
  }

  private static String policy(byte[] body) {
    Json json = Json.parse(body);
    if (!json.equals(Json.EMPTY_OBJECT)) {
      Policy.parse(json);
    }
    return json.canonical();
  }

  /** The head. */
  @Get("/{space}")
  @Needs(Right.SEE)
  HttpResponse<byte[]> head(HttpRequest<?> request, String space) {
    Space found = spaces.find(space);
    Snapshot head = found.head();
    // finalized_version moves on without a new version: no cache may ask by the tag on its own.
    return Conditions.tagged(
        request,
        Conditions.etag(head.head()),
        "no-store",
        Answers.ok(head(found, head).getBytes(StandardCharsets.UTF_8)));
  }

  /** What a bot puts into its prompt. */
  @Get("/{space}/summary")
  @Needs(Right.READ)
  HttpResponse<byte[]> summary(HttpRequest<?> request, String space) {
    Snapshot head = spaces.find(space).head();
    boolean small =
        SUMMARY.stream().allMatch(member -> ReadCache.isSmall(head, Pointer.ROOT.child(member)));
    long size = small ? 0 : labour.run(() -> summaryBytes(head));
    if (size > Answers.MAX_ANSWER_BYTES - SUMMARY_FRAME_BYTES) {
      throw new ProblemException(
          Answers.tooLarge(
              "what stands at /policies and /summary together",
              "read them one by one: GET /v1/spaces/" + head.space() + "/state?path="));
    }
    try (Answering.Making making = answering.document(request, size)) {
      byte[] body = small ? summary(head) : making.run(() -> summary(head));
      return Conditions.tagged(
          request, Conditions.etag(head.head()), "no-cache", Answers.ok(making.made(body)));
    }
  }

  private static long summaryBytes(Snapshot head) {
    return SUMMARY.stream()
        .mapToLong(member -> ReadCache.refuseTooLarge(head, Pointer.ROOT.child(member)))
        .sum();
  }

  private static byte[] summary(Snapshot head) {
    return new ObjectText()
        .member("policies", orNull(head.state(), "policies"))
        .member("root", Json.of(head.head().root().toString()))
        .member("space", Json.of(head.space().text()))
        .member("summary", orNull(head.state(), "summary"))
        .member("version", head.version())
        .toBytes();
  }

  private static Json orNull(State state, String member) {
    Json value = state.value(Pointer.ROOT.child(member));
    return value == null ? Json.NULL : value;
  }

  /** How far a version has come towards the chain; the head's when none is named. */
  @Get("/{space}/finality")
  @Needs(Right.PROVE)
  HttpResponse<byte[]> finality(String space, @QueryValue @Nullable String version) {
    Space found = spaces.find(space);
    long asked = Params.number("version", version, found.head().version());
    if (asked > found.head().version() && found.at(asked).isEmpty()) {
      throw new ProblemException(Problem.unknownVersion(found.name(), asked));
    }
    Finality finality = found.finality(asked);
    String transaction = finality.transaction();
    return Answers.ok(
        new ObjectText()
            .member(
                "checkpoint",
                finality.checkpoint() == 0 ? Json.NULL : Json.of(finality.checkpoint()))
            .member("space", Json.of(found.name().text()))
            .member("status", Json.of(finality.status().text()))
            .member("transaction", transaction == null ? Json.NULL : Json.of(transaction))
            .member("version", asked)
            .toBytes());
  }

  private byte[] headBytes(Space space) {
    return head(space, space.head()).getBytes(StandardCharsets.UTF_8);
  }

  private String head(Space space, Snapshot head) {
    return new ObjectText()
        .member("audited_version", space.auditedVersion())
        .member("finalized_version", space.finalizedVersion())
        .plain("grid", grid.authors().orElseThrow().grid().hex())
        .member("leaves", head.state().leaves())
        .member("log_root", Json.of(head.logRoot().toString()))
        .member("root", Json.of(head.head().root().toString()))
        .member("space", Json.of(space.name().text()))
        .member("version", head.version())
        .toString();
  }
}
