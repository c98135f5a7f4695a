package io.mnemogrid.bench;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.policy.Policies;
import io.mnemogrid.policy.Policy;
import io.mnemogrid.policy.Sending;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.secret.Secrets;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.Trie;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.Warmup;

/** The core alone, by JMH: {@code ./mnemogrid bench micro}. */
@org.openjdk.jmh.annotations.State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
public class MicroBench {
  private static final SpaceName SPACE = SpaceName.of("bench");
  private static final int UPDATES = 10_000;
  private static final int MANY = 1024;
  private static final Json PROSE =
      text("It was late when we came home, so I asked her to call the office: they had closed. ");
  private static final Json WORDS = text("zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo zoo none ");
  private static final Json MARKS = text("-_:=K-eyJaaaaaaaaaaa.eyJ_ghp_AKIAsk-=x://a:b");

  private static Json text(String part) {
    return Json.of(part.repeat(Delta.MAX_BYTES / part.length()));
  }

  /** Leaves of the space. */
  @Param("10000")
  public int leaves;

  private State state = State.EMPTY;
  private Snapshot behind = Snapshot.ofNew(SPACE);
  private List<Update> following = List.of();
  private final List<Cell.Leaf> written = new ArrayList<>();
  private final List<Delta> deltas = new ArrayList<>();
  private final List<Pointer> paths = new ArrayList<>();
  private Json.Obj document = State.EMPTY.document();
  private final List<Ruled> ruled = new ArrayList<>();
  private long version;
  private int next;

  /** Makes a space, the changes to write to it, and 10,000 records that follow it. */
  @Setup
  public void prepare() {
    Records records = new Records(SPACE, true);
    Instant now = Instant.now();
    Update first = records.append(records.delta("", MnemogridPeer.document(leaves)), now);
    behind = behind.plus(first);
    state = records.state();
    version = records.head().version();
    document = state.document();
    for (int i = 0; i < MANY; i++) {
      Delta delta = records.someDelta(leaves);
      deltas.add(delta);
      Pointer path = Pointer.parse(MnemogridPeer.path(i * 7919 % leaves));
      paths.add(path);
      written.add(State.leafOf(path, Json.of(-i), new Tag(now, new Author("bench"), version)));
    }
    List<Update> updates = new ArrayList<>();
    for (int i = 0; i < UPDATES; i++) {
      updates.add(records.append(records.someDelta(leaves), now));
    }
    following = updates;
    ruled.add(new Ruled(policy(0, 0)));
    ruled.add(new Ruled(policy(99, 0)));
    ruled.add(new Ruled(policy(0, 82)));
  }

  /** A space with a policy, and what a delta comes to in it. */
  private final class Ruled {
    final State head;
    final Policies known = new Policies();
    final List<Resolution> resolutions = new ArrayList<>();

    Ruled(Json policy) {
      head = written(policy);
      deltas.forEach(delta -> resolutions.add(Resolver.resolve(head, version, delta)));
    }

    private State written(Json policy) {
      Delta delta =
          new DeltaBuilder(new Author("bench"), version, Instant.now())
              .set(Reserved.POLICY.toString(), policy)
              .build();
      return Resolver.resolve(state, version, delta) instanceof Resolution.Accepted accepted
          ? accepted.next()
          : state;
    }

    Resolution judge(int i) {
      Resolution judged =
          known
              .in(SPACE, head)
              .judge(SPACE, Sending.TRUSTED, head, deltas.get(i), resolutions.get(i));
      if (!(judged instanceof Resolution.Accepted)) {
        throw new IllegalStateException(judged.toString());
      }
      return judged;
    }
  }

  /**
   * A policy that lets the author of the deltas write.
   *
   * @param apart rules about other places
   * @param alike rules about each place, with which it is compared
   */
  private static Json policy(int apart, int alike) {
    List<Json> rules = new ArrayList<>();
    for (int i = 0; i < apart; i++) {
      rules.add(rule("/node-" + i + "/{node}/**", "{node}", "bot-*"));
    }
    for (int i = 0; i < alike; i++) {
      rules.add(rule("/{node}/**", "{node}", "b-{node}"));
    }
    rules.add(rule("/{node}/**", "bench"));
    return Json.object(Map.of("format", Json.of(Policy.FORMAT), "writers", new Json.Arr(rules)));
  }

  private static Json rule(String path, String... authors) {
    return Json.object(
        Map.of(
            "paths", Json.ofStrings(List.of(path)), "authors", Json.ofStrings(List.of(authors))));
  }

  private int next() {
    next = (next + 1) % MANY;
    return next;
  }

  /** Replaces one leaf of the trie and hashes nothing. */
  @Benchmark
  public Trie<Cell> trieUpdate() {
    return state.trie().with(written.get(next()));
  }

  /** Replaces one leaf of the trie and computes the root. */
  @Benchmark
  public Hash trieUpdateAndRoot() {
    return state.trie().with(written.get(next())).root();
  }

  /** Makes a proof of what stands at a path. */
  @Benchmark
  public FactProof proof() {
    return FactProof.of(state, paths.get(next()));
  }

  /** Writes the whole document as canonical bytes. */
  @Benchmark
  public byte[] canonicalJson() {
    return document.canonicalBytes();
  }

  /** Resolves a delta of one change against the head and hashes nothing. */
  @Benchmark
  public Resolution resolve() {
    return Resolver.resolve(state, version, deltas.get(next()));
  }

  /** Judges a resolved delta of one change by a policy of one rule. */
  @Benchmark
  public Resolution policyOfOneRule() {
    return ruled.get(0).judge(next());
  }

  /** The same by a policy of 100 rules, of which one is about the place. */
  @Benchmark
  public Resolution policyOfManyRules() {
    return ruled.get(1).judge(next());
  }

  /** The same by a policy that compares a place as often as a policy may. */
  @Benchmark
  public Resolution policyOfMostComparisons() {
    return ruled.get(2).judge(next());
  }

  /** Searches a delta of one change for secrets. */
  @Benchmark
  public boolean searchDelta() {
    return deltas.get(next()).secret() != null;
  }

  /** Searches 4 MiB of English prose for secrets. */
  @Benchmark
  public boolean searchProse() {
    return Secrets.scan(PROSE) != null;
  }

  /** Searches 4 MiB for secrets, in which every word has to be looked up. */
  @Benchmark
  public boolean searchWords() {
    return Secrets.scan(WORDS) != null;
  }

  /** Searches 4 MiB for secrets, in which every other character may be a part of one. */
  @Benchmark
  public boolean searchMarks() {
    return Secrets.scan(MARKS) != null;
  }

  /** Merges 10,000 records into a head state and compares each root. */
  @Benchmark
  public Snapshot mergeTenThousandUpdates() {
    Snapshot at = behind;
    for (Update update : following) {
      at = at.plus(update);
    }
    return at;
  }
}
