package io.mnemogrid.member;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Finality;
import io.mnemogrid.Follower;
import io.mnemogrid.Space;
import io.mnemogrid.commit.Answer;
import io.mnemogrid.grid.Deadlines;
import io.mnemogrid.grid.Router;
import io.mnemogrid.log.Blame;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.History;
import io.mnemogrid.log.HistoryPage;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Undo;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Condition;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.policy.Principal;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Patch;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * A space as a running member offers it. Reads come from the replica, older versions from the log.
 *
 * <p>A commit goes to the {@link Router}, and again under the same ids while its outcome is unknown
 * ({@link ResendUntilKnown}). Its author is answered only when the replica here shows the commit,
 * so that every author reads its own writes. Every commit is answered: if nothing else is known in
 * time, the outcome is unknown ({@code Unsettled} remembers that).
 */
final class EmbeddedSpace implements Space {
  private static final Duration PATIENCE = Duration.ofSeconds(1);

  /**
   * Runs what follows a result. That is a bot's code and may block for ever, so it gets a thread of
   * its own.
   */
  static final Executor ANSWERS = task -> Thread.ofVirtual().name("mnemogrid-answer").start(task);

  /** How long an acknowledged commit may be on its way here before the log is read for it. */
  private static final Duration ON_ITS_WAY = Duration.ofMillis(20);

  private final SpaceName name;
  private final boolean isWritable;
  private final EmbeddedMember member;
  private final Replicas replicas;
  private final LogReader log;
  private final Router router;
  private final Deadlines deadlines;
  private final Executor executor;
  private final Duration timeout;
  private final Principal principal;
  private final Executor answers;
  private final SignatureCheck check;
  private final SignatureCheck.@Nullable Signatures signatures;

  /**
   * A space.
   *
   * @param isWritable whether commits are taken; false for one of the product's own, where others
   *     ask for it
   * @param answers runs what follows a commit
   * @param check judges the signatures of deltas
   * @param signatures where those come from; null where nothing is signed
   */
  EmbeddedSpace(
      SpaceName name,
      boolean isWritable,
      EmbeddedMember member,
      Replicas replicas,
      LogReader log,
      Router router,
      Deadlines deadlines,
      Executor executor,
      Duration timeout,
      Principal principal,
      Executor answers,
      SignatureCheck check,
      SignatureCheck.@Nullable Signatures signatures) {
    this.name = name;
    this.isWritable = isWritable;
    this.member = member;
    this.replicas = replicas;
    this.log = log;
    this.router = router;
    this.deadlines = deadlines;
    this.executor = executor;
    this.timeout = timeout;
    this.principal = principal;
    this.answers = answers;
    this.check = check;
    this.signatures = signatures;
  }

  /** What is said of a name that is the product's own. */
  static String reserved(SpaceName name) {
    return "the space "
        + name
        + " is the product's own, as all whose names begin with mnemogrid.: choose another name";
  }

  @Override
  public SpaceName name() {
    return name;
  }

  @Override
  public Space as(Principal other) {
    return with(other, answers, signatures);
  }

  @Override
  public Space answeringBy(Executor others) {
    return with(principal, others, signatures);
  }

  @Override
  public Space signing(AuthorSigner signer) {
    return with(principal, answers, SignatureCheck.Signatures.by(signer));
  }

  @Override
  public Space signed(Map<UpdateId, AuthorSignature> made) {
    return with(principal, answers, SignatureCheck.Signatures.made(Map.copyOf(made)));
  }

  private EmbeddedSpace with(
      Principal by, Executor answering, SignatureCheck.@Nullable Signatures signing) {
    return new EmbeddedSpace(
        name,
        isWritable,
        member,
        replicas,
        log,
        router,
        deadlines,
        executor,
        timeout,
        by,
        answering,
        check,
        signing);
  }

  @Override
  public Snapshot head() {
    Snapshot here = replicas.get(name);
    return here != null ? here : replicas.load(name).orElseGet(() -> Snapshot.ofNew(name));
  }

  @Override
  public Optional<Snapshot> loadedHead() {
    return Optional.ofNullable(replicas.get(name));
  }

  @Override
  public Optional<Snapshot> at(long version) {
    if (version < 0) {
      throw new IllegalArgumentException("versions begin at 0, got " + version);
    }
    Snapshot head = head();
    if (version > head.version()) {
      Optional<Snapshot> reached = await(version);
      if (reached.isEmpty()) {
        return Optional.empty();
      }
      head = reached.get();
    }
    return head.version() == version ? Optional.of(head) : read(version);
  }

  private Optional<Snapshot> await(long version) {
    CompletableFuture<Snapshot> reached = replicas.reached(name, version);
    try {
      return Optional.of(reached.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException | ExecutionException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    } finally {
      reached.cancel(false);
    }
  }

  private Optional<Snapshot> read(long version) {
    return version == 0
        ? Optional.of(Snapshot.ofNew(name))
        : log.replay(name, version).filter(found -> found.version() == version);
  }

  @Override
  public Snapshot at(Instant time) {
    return at(log.versionAt(name, time)).orElseGet(this::head);
  }

  @Override
  public CompletableFuture<List<CommitResult>> commit(List<Delta> deltas, Condition condition) {
    if (!isWritable) {
      throw new IllegalArgumentException(reserved(name));
    }
    Delta.checkList(deltas);
    Sending sending;
    switch (judged(deltas)) {
      case SignatureCheck.Judged.Fine fine ->
          sending = new Sending(principal, condition, fine.proven());
      case SignatureCheck.Judged.Bad bad -> {
        return CompletableFuture.supplyAsync(
                () -> refused(deltas, bad.index(), bad.refusal()), executor)
            .thenCompose(refused ->
                refused == null
                    ? settled(deltas, new Sending(principal, condition))
                    : CompletableFuture.completedFuture(refused))
            .thenApplyAsync(told -> results(deltas, told), answers);
      }
      case null -> {
        String why = "the keys of authors could not be read: the store is away";
        List<Answer> none = Collections.nCopies(deltas.size(), new Answer.Unavailable(false, why));
        return CompletableFuture.completedFuture(member.unsettled().told(name, deltas, none))
            .thenApplyAsync(told -> results(deltas, told), answers);
      }
    }
    if (!namesBaseHash(deltas)) {
      return settled(deltas, sending).thenApplyAsync(told -> results(deltas, told), answers);
    }
    return CompletableFuture.supplyAsync(() -> otherHistory(deltas), executor)
        .thenCompose(refused ->
            refused == null
                ? settled(deltas, sending).thenApply(told -> results(deltas, told))
                : CompletableFuture.completedFuture(Collections.nCopies(deltas.size(), refused)))
        .thenApplyAsync(results -> results, answers);
  }

  /**
   * Whether a delta holds a secret, or has a bad signature; null when the store does not say. This
   * is work of the author's thread.
   */
  private SignatureCheck.@Nullable Judged judged(List<Delta> deltas) {
    for (int i = 0; i < deltas.size(); i++) {
      Refusal.Secret secret = deltas.get(i).secret();
      if (secret != null) {
        return new SignatureCheck.Judged.Bad(i, secret);
      }
    }
    try {
      return check.judge(name, deltas, signatures);
    } catch (LogUnavailable e) {
      return null;
    }
  }

  /**
   * The answers to deltas of which one holds a secret, or has a bad signature. Null if the id of
   * that delta stands in the log: then the committer writes nothing new, and says what became of
   * it, as it does for any id.
   */
  private @Nullable List<Answer> refused(List<Delta> deltas, int index, Refusal refusal) {
    Delta delta = deltas.get(index);
    try {
      if (!log.find(name, List.of(delta.id())).updates().isEmpty()) {
        return null;
      }
    } catch (BrokenHistory e) {
      return Collections.nCopies(deltas.size(), Answer.Damaged.of(e));
    } catch (LogUnavailable e) {
      String why =
          "it is refused ("
              + refusal.code()
              + "), and the log does not say whether it was committed before";
      Answer none = new Answer.Unavailable(false, why);
      return member.unsettled().told(name, deltas, Collections.nCopies(deltas.size(), none));
    }
    List<Answer> answers =
        new ArrayList<>(Collections.nCopies(deltas.size(), new Answer.RefusedWith(index)));
    answers.set(index, new Answer.Refused(refusal));
    return answers;
  }

  private static boolean namesBaseHash(List<Delta> deltas) {
    for (Delta delta : deltas) {
      if (baseHash(delta) != null) {
        return true;
      }
    }
    return false;
  }

  private static @Nullable Hash baseHash(Delta delta) {
    return delta instanceof Delta.Edit edit ? edit.baseHash() : null;
  }

  private CompletableFuture<List<Answer>> settled(List<Delta> deltas, Sending sending) {
    long deadlineNanos = System.nanoTime() + timeout.toNanos();
    return ResendUntilKnown.of(deltas, sent -> route(sent, sending), timeout.multipliedBy(2))
        .thenApply(answers -> member.unsettled().told(name, deltas, answers))
        .thenCompose(answers -> {
          long soonNanos = System.nanoTime() + PATIENCE.toNanos();
          boolean late = soonNanos - deadlineNanos > 0; // because it was sent again
          return seen(answers, late ? soonNanos : deadlineNanos)
              .thenApply(shown ->
                  shown ? answers : member.unsettled().told(name, deltas, unseen(answers)));
        });
  }

  private CompletableFuture<List<Answer>> route(List<Delta> deltas, Sending sending) {
    CompletableFuture<List<Answer>> answers = router.commit(name, deltas, sending, timeout);
    deadlines.watch(
        answers,
        timeout.plus(PATIENCE),
        () -> {
          Answer late = new Answer.Unavailable(true, "no answer in " + timeout.toSeconds() + " s");
          answers.complete(Collections.nCopies(deltas.size(), late));
        });
    return answers;
  }

  /**
   * The answers of a commit that this member does not show in time: unknown in place of accepted,
   * because an author that is answered must be able to read its write here.
   */
  private static List<Answer> unseen(List<Answer> answers) {
    Answer unseen =
        new Answer.Unavailable(true, "it was committed, but this member does not show it yet");
    return answers.stream()
        .map(answer -> answer instanceof Answer.Accepted ? unseen : answer)
        .toList();
  }

  /**
   * The refusal of a delta whose base belongs to another history, or null. A delta whose id is in
   * the log is not refused.
   */
  private @Nullable CommitResult otherHistory(List<Delta> deltas) {
    try {
      for (int i = 0; i < deltas.size(); i++) {
        Delta delta = deltas.get(i);
        Hash given = baseHash(delta);
        if (given == null || !log.find(name, List.of(delta.id())).updates().isEmpty()) {
          continue;
        }
        Hash here =
            delta.base() == 0
                ? Hash.ZERO
                : log.read(name, delta.base() - 1, 1).stream()
                    .findFirst()
                    .map(Update::leafHash)
                    .orElse(null);
        if (here != null && !here.equals(given)) {
          return new CommitResult.Refused(new Refusal.OtherHistory(delta.base(), given, here), i);
        }
      }
      return null;
    } catch (BrokenHistory e) {
      return new CommitResult.Damaged(e.space(), e.version(), e.what());
    } catch (LogUnavailable e) {
      return null; // the committer will say that the store is away
    }
  }

  /**
   * Completes with true when this member shows what was committed, so that its author reads its own
   * write; also when nothing was committed. Completes with false if it does not show it by the
   * deadline, nor within {@link #PATIENCE}.
   */
  private CompletableFuture<Boolean> seen(List<Answer> answers, long deadlineNanos) {
    Update last = null;
    for (Answer answer : answers) {
      if (answer instanceof Answer.Accepted accepted) {
        last = accepted.update();
      }
    }
    if (last == null) {
      return answers.getFirst() instanceof Answer.Unchanged same
          ? shown(same.head().version())
          : CompletableFuture.completedFuture(true);
    }
    Update update = last;
    long version = update.version();
    Snapshot here = replicas.get(name);
    if (here != null && here.version() >= version) {
      return CompletableFuture.completedFuture(true);
    }
    long left = Math.max(PATIENCE.toNanos(), deadlineNanos - System.nanoTime());
    CompletableFuture<Snapshot> reached = replicas.reached(name, version);
    // an announcement brings it; where that is lost, this makes a gap, at which the log is read
    deadlines.watch(reached, ON_ITS_WAY, () -> replicas.announced(List.of(update)));
    deadlines.watch(reached, Duration.ofNanos(left), () -> reached.complete(Snapshot.ofNew(name)));
    return reached.thenApply(snapshot -> snapshot.version() >= version);
  }

  /**
   * Completes with true when this member shows a version that others made, or after {@link
   * #PATIENCE}: nothing of the author's own is waited for.
   */
  private CompletableFuture<Boolean> shown(long version) {
    CompletableFuture<Snapshot> reached = replicas.reached(name, version);
    deadlines.watch(reached, PATIENCE, () -> reached.complete(Snapshot.ofNew(name)));
    return reached.thenApply(_ -> true);
  }

  private List<CommitResult> results(List<Delta> deltas, List<Answer> answers) {
    long[] own = versions(answers);
    List<CommitResult> results = new ArrayList<>();
    boolean told = false; // what was missed, once for a list
    for (int i = 0; i < deltas.size(); i++) {
      CommitResult result = result(deltas, answers, i, own, !told);
      told |= result instanceof Committed committed && committed.missedCount() > 0;
      results.add(result);
    }
    return results;
  }

  private CommitResult result(
      List<Delta> deltas, List<Answer> answers, int index, long[] own, boolean tellMissed) {
    return switch (answers.get(index)) {
      case Answer.Accepted accepted -> {
        Update update = accepted.update();
        int seen = seenInList(update, own);
        List<Update> missed = tellMissed ? missed(update, seen) : List.of();
        yield CommittedResult.of(deltas.get(index), update, seen, missed, accepted.duplicate());
      }
      case Answer.Unchanged same -> new CommitResult.Unchanged(deltas.get(index).id(), same.head());
      case Answer.Refused refused -> new CommitResult.Refused(refused.refusal(), index);
      case Answer.RefusedWith with -> result(deltas, answers, with.index(), own, tellMissed);
      case Answer.Damaged damaged ->
          new CommitResult.Damaged(damaged.space(), damaged.version(), damaged.what());
      case Answer.Unavailable none ->
          none.unknown()
              ? new CommitResult.Unknown(deltas, none.why())
              : new CommitResult.NotApplied(none.why());
      case Answer.Elsewhere none -> new CommitResult.NotApplied(none.why());
    };
  }

  /** The versions that a list made, in ascending order. */
  private static long[] versions(List<Answer> answers) {
    if (answers.size() == 1
        && answers.getFirst() instanceof Answer.Accepted one
        && one.update().firstVersion() == one.update().version()) {
      return new long[] {one.update().version()}; // nearly every commit
    }
    return answers.stream()
        .filter(Answer.Accepted.class::isInstance)
        .map(answer -> ((Answer.Accepted) answer).update())
        .flatMapToLong(update -> LongStream.rangeClosed(update.firstVersion(), update.version()))
        .sorted()
        .toArray();
  }

  /** How many versions of the list are between the delta's base and the delta itself. */
  private static int seenInList(Update update, long[] own) {
    return Math.max(0, index(own, update.firstVersion()) - index(own, update.fields().base() + 1));
  }

  /** How many of these versions are less than {@code version}. */
  private static int index(long[] versions, long version) {
    int at = Arrays.binarySearch(versions, version);
    return at < 0 ? -at - 1 : at;
  }

  /**
   * The updates that the author missed, as far as they are in memory; never read from the log. What
   * the list itself made comes last, right before the update, and is left out.
   */
  private List<Update> missed(Update update, int seen) {
    long from = update.fields().base() + 1;
    long until = Math.min(update.firstVersion() - seen, from + CommitResult.MAX_MISSED);
    List<Update> missed = new ArrayList<>();
    int bytes = 0;
    for (Update one : replicas.recent().range(name, from, until)) {
      bytes += one.sizeBytes();
      if (bytes > CommitResult.MAX_MISSED_BYTES) {
        break;
      }
      missed.add(one);
    }
    return missed;
  }

  @Override
  public CommitResult compute(
      Pointer path, Author author, Function<@Nullable Json, @Nullable Json> next) {
    return new Computing(computedOn()).compute(path, author, next);
  }

  private Computing.Grid computedOn() {
    return new Computing.Grid() {
      @Override
      public Snapshot head() {
        return EmbeddedSpace.this.head();
      }

      @Override
      public Instant now() {
        return member.now();
      }

      @Override
      public CommitResult commit(Delta delta) throws InterruptedException {
        try {
          return EmbeddedSpace.this.commit(delta).get();
        } catch (ExecutionException e) {
          throw new IllegalStateException("a commit never fails", e.getCause());
        }
      }

      @Override
      public void await(long version) {
        EmbeddedSpace.this.await(version);
      }

      @Override
      public long nanos() {
        return System.nanoTime();
      }

      @Override
      public void pause(Duration atMost) throws InterruptedException {
        TimeUnit.NANOSECONDS.sleep(ThreadLocalRandom.current().nextLong(atMost.toNanos()));
      }
    };
  }

  @Override
  public Delta delta(Author author, UnaryOperator<DeltaBuilder> changes) {
    return changes.apply(new DeltaBuilder(author, head().version(), member.now())).build();
  }

  @Override
  public List<Update> updates(long since, int limit) {
    return log.read(name, since, limit);
  }

  @Override
  public Follower follow(long since) {
    if (since < 0) {
      throw new IllegalArgumentException("versions begin at 0, got " + since);
    }
    return follow(since, null);
  }

  @Override
  public Follower follow(HeadTag since) {
    return follow(since.version(), since.digits());
  }

  private Follower follow(long version, @Nullable String digits) {
    Followers all = member.followers();
    return all.add(new EmbeddedFollower(name, replicas, log, all, version, digits));
  }

  @Override
  public Optional<Update> find(UpdateId id) {
    return Optional.ofNullable(log.find(name, List.of(id)).updates().get(id));
  }

  @Override
  public CompletableFuture<CommitResult> rollback(long to, Author author, UpdateId id) {
    return commit(Delta.Rollback.of(id, to, author));
  }

  @Override
  public Undo undone(Author author, long since) {
    Snapshot head = head();
    if (since < 0 || since > head.version()) {
      throw new IllegalArgumentException(
          "since is a version from 0 to the head, which is " + head.version());
    }
    return new History(log, this::recent, head, this::at).undo(author, since);
  }

  @Override
  public CompletableFuture<CommitResult> undo(Undo undo, Author author, UpdateId id) {
    Delta.Patch patch = Delta.Patch.ofSteps(id, author, "undo", undo.patch().toJson());
    return commit(patch, Condition.is(undo.head().version(), undo.head().leafHash()));
  }

  @Override
  public Optional<Patch> diff(long from, long to) {
    long newest = Math.max(from, to);
    if (head().version() < newest && await(newest).isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(past().diff(from, to));
  }

  @Override
  public HistoryPage history(Pointer path, long since, int limit) {
    return past().of(path, since, limit);
  }

  @Override
  public Optional<Blame> blame(Pointer path) {
    return past().blame(path);
  }

  private Optional<Update> recent(long version) {
    return replicas.recent().range(name, version, version + 1).stream().findFirst();
  }

  private History past() {
    return new History(log, this::recent, head(), this::at);
  }

  @Override
  public String policy() {
    Json policy = read(Reserved.POLICY);
    return policy == null ? "{}" : policy.canonical();
  }

  @Override
  public long finalizedVersion() {
    return member.checkpoints().finalizedVersion(name);
  }

  @Override
  public long auditedVersion() {
    return member.checkpoints().auditedVersion(name);
  }

  @Override
  public Finality finality(long version) {
    return member.checkpoints().finality(name, version);
  }

  @Override
  public CompletableFuture<Finality> whenFinal(long version) {
    if (version < 0) {
      throw new IllegalArgumentException("versions begin at 0, got " + version);
    }
    return member.finals().await(name, version);
  }
}
