package io.mnemogrid.client;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * One space: a versioned document and its history. Thread-safe. Every write has an id and is sent
 * again under it until its outcome is known; every read is sent again until a member answers.
 *
 * <p>Each method throws a {@link ProblemException} for what a member refuses, an {@link
 * UnreachableException} where no member answers until the client's deadline, and a {@link
 * BadAnswerException}; those that write also an {@link OutcomeUnknownException}.
 */
public final class Space {
  private static final System.Logger LOG = System.getLogger("io.mnemogrid.client");

  private static final Pattern ONE_TAG = Pattern.compile("\"?[0-9]+\\.[0-9a-f]{16}\"?");

  private static final int NOT_MODIFIED = 304;
  private static final int PRECONDITION_FAILED = 412;

  private final Client client;
  private final Transport transport;
  private final String name;
  private final String path;
  private final FinalityWatch finality = new FinalityWatch(this);

  Space(Client client, String name) {
    this.client = client;
    this.transport = client.transport();
    this.name = name;
    this.path = "/v1/spaces/" + name;
  }

  /** The name. */
  public String name() {
    return name;
  }

  /** Makes the space where it is not there. */
  public Head create() {
    return client.head(transport.read(Call.of("PUT", path)).shape());
  }

  /** Makes the space with a policy, which becomes its version 1. */
  public Head create(Json policy) {
    return client.head(
        transport.read(Call.of("PUT", path).body("application/json", policy)).shape());
  }

  /** The newest version. */
  public Head head() {
    return client.head(transport.read(Call.get(path)).shape());
  }

  /** The tag of the newest version, with its quotes. */
  public String etag() {
    return transport.read(Call.get(path)).etag();
  }

  // Reading.

  /** The document, without what is reserved. */
  public Json document() {
    return read("").value();
  }

  /**
   * What stands at a path, a JSON Pointer or dotted. The document has the path "".
   *
   * @throws ProblemException {@code nothing-there} where nothing does
   */
  public Json get(String at) {
    return read(at).value();
  }

  /** What stood at a path at a version. */
  public Json get(String at, long version) {
    return transport.read(state(at).with("at", version)).json();
  }

  /** What stood at a path at a time, in the last version that was committed by then. */
  public Json get(String at, Instant time) {
    return transport.read(state(at).with("at", time)).json();
  }

  /** What stands at a path, empty where nothing does. */
  public Optional<Json> find(String at) {
    return whereThere(() -> get(at));
  }

  /** What stood at a path at a version, empty where nothing did. */
  Optional<Json> find(String at, long version) {
    return whereThere(() -> get(at, version));
  }

  /** Whether something stands at a path, however large it is. */
  boolean stands(String at) {
    return whereThere(() -> blame(at)).isPresent();
  }

  /** What stands at a path, and at which version. */
  public Reading read(String at) {
    return Reading.of(transport.read(state(at)));
  }

  /** What stands at a path, empty where the version still has that tag; then it costs nothing. */
  public Optional<Reading> readIfChanged(String at, String etag) {
    Answer answer = transport.read(state(at).header("If-None-Match", quoted(etag)));
    return answer.status() == NOT_MODIFIED ? Optional.empty() : Optional.of(Reading.of(answer));
  }

  /**
   * Waits until the version has another tag, and reads a path then; empty when it has not within
   * {@code patience}. It looks every 5 s ({@link Client.Builder#statePoll}). {@link #events} tells
   * sooner.
   */
  public Optional<Reading> awaitChange(String at, String etag, Duration patience) {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      Optional<Reading> changed = readIfChanged(at, etag);
      long left = end - System.nanoTime();
      if (changed.isPresent() || left <= 0) {
        return changed;
      }
      Transport.sleep(Duration.ofNanos(Math.min(left, client.statePoll().toNanos())));
    }
  }

  private Call state(String at) {
    Call call = Call.get(path + "/state");
    return at.isEmpty() ? call : call.with("path", at);
  }

  private static <T> Optional<T> whereThere(Supplier<T> read) {
    try {
      return Optional.of(read.get());
    } catch (ProblemException e) {
      if (e.code().equals("nothing-there")) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Summary and policies of one version. A summary over 2,000 characters is a warning. */
  public Summary summary() {
    Summary summary = Summary.of(transport.read(Call.get(path + "/summary")));
    summary
        .warning()
        .ifPresent(warning -> LOG.log(System.Logger.Level.WARNING, "{0}: {1}", name, warning));
    return summary;
  }

  // Writing.

  /** Sets one path. */
  public Committed set(String at, Object value) {
    return commit(new Delta().set(at, value));
  }

  /** Deletes one path and all below it. */
  public Committed delete(String at) {
    return commit(new Delta().delete(at));
  }

  /** Commits a delta. When it returns, the change is durable. */
  public Committed commit(Delta delta) {
    String author = client.author(delta.author());
    if (delta.base().isEmpty()) {
      delta.base(
          delta
              .ifMatch()
              .filter(ONE_TAG.asMatchPredicate())
              .map(Reading::versionIn)
              .orElseGet(() -> head().version()));
    }
    return committed(
        Call.of("POST", path + "/updates")
            .header("If-Match", delta.ifMatch().map(Space::quoted))
            .body("application/json", client.signed(this, delta.json(author), author)),
        delta.updateId());
  }

  /** Commits a merge patch (RFC 7396). */
  public Committed patch(Map<String, ?> members) {
    return patch(Patch.merge(members));
  }

  /** Commits a JSON Patch (RFC 6902). */
  public Committed patch(List<?> steps) {
    return patch(Patch.steps(steps));
  }

  /** Commits a patch. */
  public Committed patch(Patch patch) {
    return committed(patch.call(path + "/state", client.author()), patch.updateId());
  }

  /** Makes the document that of an earlier version again, as a new version; 0 empties it. */
  public Committed rollback(long to) {
    return rollback(to, Ids.next());
  }

  /** Rolls back under an id of the caller's, so that it can be sent again. */
  public Committed rollback(long to, String updateId) {
    Client.checkName("an update_id", updateId);
    Map<String, Object> body = new TreeMap<>();
    body.put("to", to);
    body.put("update_id", updateId);
    body.put("author", client.author(Optional.empty()));
    return committed(
        Call.of("POST", path + "/rollback").body("application/json", Json.of(body)), updateId);
  }

  private Committed committed(Call call, String updateId) {
    call.header("Prefer", "return=minimal");
    return Committed.of(transport.commit(call, name, updateId).shape());
  }

  /**
   * Sets a path to what {@code compute} makes of what stands there (empty where nothing does), onto
   * the very head that was read; when another came first, it reads and computes again. So {@code
   * compute} may run several times, and no increment is lost.
   *
   * @throws ProblemException {@code precondition-failed} when others came first until the client's
   *     deadline
   */
  public Committed compute(String at, Function<Optional<Json>, Json> compute) {
    return retrying(
        refusal -> refusal.status() == PRECONDITION_FAILED,
        () -> {
          Seen seen = see(at);
          Json value = compute.apply(seen.value());
          return commit(new Delta().set(at, value).ifMatch(seen.etag()).type("compute"));
        });
  }

  /** Makes an attempt again while others come first, until the client's deadline. */
  <T> T retrying(Predicate<ProblemException> othersWereFirst, Supplier<T> attempt) {
    long end = System.nanoTime() + transport.deadline().toNanos();
    for (int lost = 0; ; lost++) {
      try {
        return attempt.get();
      } catch (ProblemException e) {
        Duration pause = Transport.pause(Math.min(lost, 3));
        if (!othersWereFirst.test(e) || System.nanoTime() + pause.toNanos() >= end) {
          throw e;
        }
        Transport.sleep(pause);
      }
    }
  }

  /** What stands at a path, and the tag of that version, also where nothing does. */
  record Seen(Optional<Json> value, String etag) {}

  Seen see(String at) {
    Optional<Reading> there = whereThere(() -> read(at));
    if (there.isPresent()) {
      return new Seen(Optional.of(there.get().value()), there.get().etag());
    }
    // Where nothing is, the answer has no tag; so the head's is taken, and its version read.
    String etag = etag();
    return new Seen(find(at, Reading.versionIn(etag)), etag);
  }

  /**
   * One turn of a bot: reads summary and policies at one version, runs {@code code}, and commits
   * what it set with that version as base. When it returns, the change is durable; it never waits
   * for the chain, {@link Turned#finality} tells of that.
   */
  public Turned turn(Consumer<Turn> code) {
    Turn turn = new Turn(this, summary());
    code.accept(turn);
    Delta delta = turn.delta();
    return new Turned(
        this, turn.seen(), delta.isEmpty() ? Optional.empty() : Optional.of(commit(delta)));
  }

  // History.

  /** The records after a version, oldest first, a page at a time; 0 for all. */
  public Stream<Update> updates(long since) {
    return Pages.of(
        transport,
        next -> Call.get(path + "/updates").with("since", next.orElse(Long.toString(since))),
        item -> Update.of(item.value()));
  }

  /** The record of a version. */
  public Update update(long version) {
    Answer answer = transport.read(Call.get(path + "/updates/" + version));
    return BadAnswerException.reading(() -> Update.of(answer.json()));
  }

  /** The record of an id; empty means that it is not there yet. */
  public Optional<Update> updateWithId(String updateId) {
    Answer answer = transport.read(Call.get(path + "/updates").with("update_id", updateId));
    return BadAnswerException.reading(() ->
        answer.shape().member("items").items().stream()
            .map(item -> Update.of(item.value()))
            .findFirst());
  }

  /** The records that changed something at, above or below a path, oldest first. */
  public Stream<Update> history(String at) {
    UnaryOperator<Call> where = call -> at.isEmpty() ? call : call.with("path", at);
    return Pages.of(
        transport,
        next -> where.apply(Call.get(path + "/history")).with("cursor", next),
        item -> Update.of(item.value()));
  }

  /** Who set what stands at or below a path. */
  public Blame blame(String at) {
    Call call = Call.get(path + "/blame");
    return Blame.of(transport.read(at.isEmpty() ? call : call.with("path", at)).shape());
  }

  /** The JSON Patch (RFC 6902) that makes version {@code from} version {@code to}. */
  public Json diff(long from, long to) {
    return transport.read(Call.get(path + "/diff").with("from", from).with("to", to)).json();
  }

  // Events.

  /** Follows the space from its head on. Close it. */
  public Events events() {
    return events(Follow.fromHead());
  }

  /** Follows the space after a version; 0 for all. Close it. */
  public Events events(long since) {
    return events(Follow.since(since));
  }

  /** Follows the space. Close it. */
  public Events events(Follow follow) {
    String since = follow.since().orElseGet(this::etag);
    return new Events(transport, path + "/events", follow, since);
  }

  // Proofs and finality.

  /** How far a version has come towards the chain. */
  public Finality finality(long version) {
    return Finality.of(
        transport.read(Call.get(path + "/finality").with("version", version)).shape());
  }

  /** Completes when a version is final: by event, and asked every 30 s besides. */
  public CompletableFuture<Finality> whenFinal(long version) {
    return finality.await(version);
  }

  /**
   * A bundle that proves what stands at a path, or that nothing does, in the newest final
   * checkpoint; {@link Bundles#verify} checks it.
   *
   * @throws ProblemException {@code not-checkpointed} until a checkpoint covers the space
   */
  public String factProof(String at) {
    return transport.read(Call.get(path + "/proofs/fact").with("path", at)).text();
  }

  /** A bundle that proves what stood at a path at a version. */
  public String factProof(String at, long version) {
    return transport
        .read(Call.get(path + "/proofs/fact").with("path", at).with("at", version))
        .text();
  }

  /** A bundle that proves that a record is that version of the history. */
  public String updateProof(long version) {
    return transport.read(Call.get(path + "/proofs/update").with("version", version)).text();
  }

  /** A bundle that proves that the newest final history extends that of {@code from} records. */
  public String consistencyProof(long from) {
    return transport.read(Call.get(path + "/proofs/consistency").with("from", from)).text();
  }

  Client client() {
    return client;
  }

  /** A tag with its quotes. */
  static String quoted(String etag) {
    boolean isQuoted = etag.startsWith("\"") || etag.startsWith("W/") || etag.equals("*");
    return isQuoted ? etag : "\"" + etag + "\"";
  }
}
