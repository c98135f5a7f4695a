package io.mnemogrid.api.mcp;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.HttpResponse;
import io.micronaut.http.HttpStatus;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Space;
import io.mnemogrid.api.http.Params;
import io.mnemogrid.api.http.Problem;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.keys.Access;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Spent;
import io.mnemogrid.api.trail.Notes;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.policy.Right;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One call of a tool: what it is about, for whom, and the ways to read and write for it. All of
 * them judge the key of the request as the same call over HTTP does. Used by one thread, which may
 * block.
 */
final class ToolCall {
  /** For so long a change is computed again that others came before. */
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final int LEAVES_A_UNIT = 100;
  private static final long PAUSE_MILLIS = 2;
  private static final long LONGEST_PAUSE_MILLIS = 100;
  private static final String AUTHOR_HEADER = "Mnemogrid-Author";

  private final Memory memory;
  private final HttpRequest<?> request;
  private final Arguments arguments;
  private final String usualSpace;
  private final @Nullable String client;

  /**
   * @param usualSpace of calls that name none
   * @param client what the client says it is, null where it does not
   */
  ToolCall(
      Memory memory,
      HttpRequest<?> request,
      Arguments arguments,
      String usualSpace,
      @Nullable String client) {
    this.memory = memory;
    this.request = request;
    this.arguments = arguments;
    this.usualSpace = usualSpace;
    this.client = client;
  }

  /** What the model sent. */
  Arguments arguments() {
    return arguments;
  }

  /** The parts of the member that tools use. */
  Memory memory() {
    return memory;
  }

  HttpRequest<?> request() {
    return request;
  }

  /** The name of the space that the call is about. */
  SpaceName spaceName() {
    String named = arguments.optionalText("space");
    return Params.space(named == null ? usualSpace : named);
  }

  /** The space that the call is about, for whom {@code right} is granted in it. */
  Space space(Right right) {
    SpaceName name = spaceName();
    memory.access().demand(request, name, right);
    Notes.of(request).space(name);
    return memory
        .grid()
        .space(name)
        .orElseThrow(() -> new ProblemException(Problem.unknownSpace(name)));
  }

  /**
   * As {@link #space} with READ, but null where it is the usual space and nobody wrote to it yet.
   */
  @Nullable Space spaceIfAny() {
    SpaceName name = spaceName();
    memory.access().demand(request, name, Right.READ);
    Notes.of(request).space(name);
    Space found = memory.grid().space(name).orElse(null);
    if (found == null && arguments.find("space") != null) {
      throw new ProblemException(Problem.unknownSpace(name));
    }
    return found;
  }

  /** The space to write to, which is created when it is not there and the key may do that. */
  Space spaceToWrite() {
    SpaceName name = spaceName();
    Author _ = author(); // whoever may not write here makes no space
    memory.access().demand(request, name, Right.WRITE);
    Notes.of(request).space(name);
    Space found = memory.grid().space(name).orElse(null);
    if (found != null) {
      return found;
    }
    memory.access().demand(request, name, Right.CREATE);
    memory.grid().createSpace(name, "{}");
    return memory
        .grid()
        .space(name)
        .orElseThrow(() -> new ProblemException(Problem.unknownSpace(name)));
  }

  /** Reads much of a document, in a turn and by a thread for that; charged by its leaves. */
  <T> T reading(State state, Supplier<T> task) {
    Spent.of(request).work(state.leaves() / LEAVES_A_UNIT);
    try (Answering.Making making = memory.answering().page(request)) {
      return making.run(task);
    }
  }

  /** The leaves at and below a place that have a word of a query, best first. */
  List<Bm25.Hit> found(Space space, Pointer below, String query) {
    State state = space.head().state();
    return reading(state, () -> Bm25.search(state, below, query));
  }

  /**
   * Under whose name is written: the argument {@code author}, the header {@code Mnemogrid-Author},
   * the only author of the key, what the client calls itself, {@code mcp}.
   */
  Author author() {
    Author named = arguments.read("author", Author::new);
    if (named == null) {
      String header = request.getHeaders().get(AUTHOR_HEADER);
      named = header == null ? null : Params.read(AUTHOR_HEADER, header.strip(), Author::new);
    }
    if (named == null) {
      named = Access.of(request).onlyAuthor().orElse(null);
    }
    if (named == null) {
      named = Author.spelled(client == null ? "" : client, "mcp");
    }
    Access.refuseOther(request, named);
    return named;
  }

  /**
   * Commits a delta; the answer is the one that the same delta has over HTTP, without the records
   * that others wrote meanwhile.
   *
   * @param hasOwnId whether the client chose its id, and so can send the same again
   * @throws RefusedCommit when it was refused, failed, or nobody knows yet
   */
  Json.Obj commit(Space space, Delta delta, Condition condition, boolean hasOwnId) {
    Sent sent = send(space, delta, condition);
    if (!sent.isDone()) {
      throw new RefusedCommit(sent.problem(hasOwnId));
    }
    return withoutMissed(sent.body);
  }

  /** What a commit was answered with. */
  private record Sent(int status, Json.Obj body) {
    boolean isDone() {
      return status == HttpStatus.OK.getCode() || status == HttpStatus.CREATED.getCode();
    }

    boolean isUnknown() {
      return status == HttpStatus.ACCEPTED.getCode();
    }

    boolean isOvertaken() {
      return status == HttpStatus.CONFLICT.getCode() && body.text("code").equals("strict-conflict");
    }

    /** An outcome that nobody knows is no problem over HTTP; to a model it is one. */
    Json.Obj problem(boolean hasOwnId) {
      if (!isUnknown()) {
        return body;
      }
      Json.Obj unknown = body.with("code", Json.of("outcome-unknown"));
      return hasOwnId
          ? unknown
          : unknown.with(
              "hint",
              Json.of(
                  "read what stands there before you call again: the write may still be done, and"
                      + " another call would be another write"));
    }
  }

  private Sent send(Space space, Delta delta, Condition condition) {
    Notes.of(request).deltas(List.of(delta));
    HttpResponse<byte[]> response =
        memory.commits().commit(request, space, delta, condition, System.nanoTime()).join();
    byte[] body = response.body();
    return new Sent(
        response.code(), body == null ? Json.EMPTY_OBJECT : (Json.Obj) Json.parse(body));
  }

  /** A commit that did not come about, with the body of its answer over HTTP. */
  static final class RefusedCommit extends RuntimeException {
    private static final long serialVersionUID = 1;
    private final transient Json.Obj problem;

    RefusedCommit(Json.Obj problem) {
      super(problem.text("code"), null, false, false);
      this.problem = problem;
    }

    Json.Obj problem() {
      return problem;
    }
  }

  private static Json.Obj withoutMissed(Json.Obj answer) {
    if (!(answer.get("missed") instanceof Json.Obj missed)) {
      return answer;
    }
    Map<String, Json> few = new TreeMap<>(missed.members());
    few.remove("items");
    few.remove("truncated");
    return answer.with("missed", new Json.Obj(few));
  }

  /**
   * Reads, computes, commits strictly, and begins again where somebody else changed meanwhile what
   * was read. So no write is lost, and a result tells what was really done. A change without edits
   * commits nothing.
   *
   * @throws RefusedCommit when it was refused, or others came before for {@link #PATIENCE}
   */
  ToolResult change(Space space, String type, Function<Snapshot, Change> change) {
    Author author = author();
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    long pause = PAUSE_MILLIS;
    while (true) {
      Snapshot head = space.head();
      Change made = change.apply(head);
      if (made.edits.isEmpty()) {
        return made.result;
      }
      Delta delta =
          space.delta(
              author, builder -> made.edits.onto(builder).base(head.version()).type(type).strict());
      Sent sent = send(space, delta, Condition.NONE);
      while (sent.isUnknown() && System.nanoTime() < deadline) {
        sent = send(space, delta, Condition.NONE); // the same id is applied once
      }
      if (sent.isDone()) {
        return made.result;
      }
      if (!sent.isOvertaken() || System.nanoTime() > deadline || !paused(pause)) {
        throw new RefusedCommit(sent.problem(false));
      }
      pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
    }
  }

  /** Lets others go first; false when this thread is to end. */
  private static boolean paused(long millis) {
    try {
      Thread.sleep(millis + ThreadLocalRandom.current().nextLong(millis));
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** What a change computes from a head. */
  record Change(Edits edits, ToolResult result) {}

  /** What is set, deleted and relied upon. Used by one thread. */
  static final class Edits {
    private final Map<Pointer, Optional<Json>> changes = new LinkedHashMap<>();
    private final Set<Pointer> reads = new LinkedHashSet<>();

    /** Sets a place. */
    Edits set(Pointer path, Json value) {
      changes.put(path, Optional.of(value));
      return this;
    }

    /** Removes what stands at and below a place. */
    Edits delete(Pointer path) {
      changes.put(path, Optional.empty());
      return this;
    }

    /** The change is right only while nobody changes what stands there. */
    Edits reads(Pointer path) {
      reads.add(path);
      return this;
    }

    boolean isEmpty() {
      return changes.isEmpty();
    }

    private DeltaBuilder onto(DeltaBuilder builder) {
      changes.forEach((path, value) ->
          value.ifPresentOrElse(
              set -> builder.set(path.toString(), set), () -> builder.delete(path.toString())));
      reads.forEach(path -> builder.reads(path.toString()));
      return builder;
    }
  }
}
