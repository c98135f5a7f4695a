package io.mnemogrid.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.client.History;
import io.mnemogrid.client.Request;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A history that keeps its promises passes, one that is spoiled in any one place does not. */
@NullMarked
class CheckerTest {
  private static final SpaceName ALPHA = SpaceName.of("alpha");
  private static final Author AUTHOR = new Author("a");

  private final List<String> records = new ArrayList<>();
  private final List<Claim> claims = new ArrayList<>();
  private final List<Evidence.Replica> replicas = new ArrayList<>();
  private final List<Evidence.Ack> acks = new ArrayList<>();
  private final List<Evidence.Read> reads = new ArrayList<>();
  private final List<Freshness.Window> excused = new ArrayList<>();
  private Snapshot head = Snapshot.ofNew(ALPHA);
  private Instant clock = Instant.parse("2026-02-05T19:00:00Z");

  @BeforeEach
  void writeTenVersions() {
    for (int i = 1; i <= 5; i++) {
      int k = i;
      stands(delta("set-" + i, delta -> delta.set("/own/k" + k, Json.of(k))));
      stands(
          delta("count-" + i, delta -> delta.type(Checker.COUNT).set("/counters/c0", Json.of(k))));
    }
  }

  private Delta delta(String id, UnaryOperator<DeltaBuilder> changes) {
    clock = clock.plusSeconds(1);
    return changes.apply(new DeltaBuilder(AUTHOR, head.version(), clock).id(id)).build();
  }

  /** Appends as a committer does. */
  private Update append(Delta delta) {
    return append(delta, delta);
  }

  /** Appends what was sent as another delta that was resolved in its place. */
  private Update append(Delta sent, Delta resolved) {
    Resolution.Accepted accepted = resolve(resolved);
    Update update = update(sent, resolved, accepted, accepted.next().root());
    head = head.with(update, accepted.next());
    records.add(update.text());
    return update;
  }

  private Resolution.Accepted resolve(Delta delta) {
    if (!(Resolver.resolve(head.state(), head.version(), delta)
        instanceof Resolution.Accepted accepted)) {
      throw new AssertionError("refused: " + delta);
    }
    return accepted;
  }

  private Update update(Delta sent, Delta resolved, Resolution.Accepted accepted, Hash root) {
    return Update.of(
        new Update.Fields(
            ALPHA,
            head.version() + 1,
            sent.id(),
            sent.author(),
            sent.type(),
            sent.base(),
            resolved.timestamp(),
            clock,
            sent.requestHash(),
            head.head().leafHash(),
            root,
            accepted.changes(),
            accepted.superseded(),
            accepted.overrode()));
  }

  private static Claim.Place place(Update update) {
    return new Claim.Place(
        update.version(), update.root(), update.leafHash().toString().substring(2, 18));
  }

  private void stands(Delta delta) {
    claims.add(new Claim.Stands(Request.of(ALPHA, delta), List.of(place(append(delta)))));
  }

  private Verdict check() {
    return check(head.state().document());
  }

  private Verdict check(Json.Obj document) {
    replicas.add(
        new Evidence.Replica(
            "m1", head.version(), head.head().root(), head.logRoot(), leafPrefix(), document));
    return Checker.check(
        new Evidence(
            ALPHA,
            records,
            claims,
            replicas,
            acks,
            reads,
            new Freshness(Duration.ofSeconds(1), excused)));
  }

  private String leafPrefix() {
    return head.head().leafHash().toString().substring(2);
  }

  /** Asserts that there is one flaw, of that column, which says all that. */
  private static void assertOnly(Verdict verdict, Flaw flaw, String... said) {
    assertThat(verdict.sentences())
        .as(verdict.toString())
        .singleElement()
        .asString()
        .contains(said);
    assertThat(verdict.count(flaw)).as(verdict.toString()).isEqualTo(1);
  }

  private static void assertCounts(Verdict verdict, Flaw flaw, String... said) {
    assertThat(verdict.count(flaw)).as(verdict.toString()).isPositive();
    assertThat(verdict.sentences(flaw)).anySatisfy(sentence -> assertThat(sentence).contains(said));
  }

  @Test
  void passesWhatKeepsItsPromises() {
    claims.add(new Claim.Refused(Request.of(ALPHA, delta("no", d -> d.delete("/own"))), "why"));
    Delta answeredNobody = delta("there", delta -> delta.delete("/own/k1"));
    append(answeredNobody);
    claims.add(claims.getFirst()); // sent again, and answered the same
    assertThat(check().isClean()).isTrue();
  }

  // Acknowledged and lost.

  @Test
  void flagsAnAcknowledgementThatIsNotInTheLog() {
    Delta lost = delta("lost", delta -> delta.set("/own/k9", Json.of(9)));
    claims.add(
        new Claim.Stands(
            Request.of(ALPHA, lost), List.of(new Claim.Place(11, head.head().root(), ""))));
    assertOnly(check(), Flaw.LOST, "lost", "is not in the log");
  }

  @Test
  void flagsAnAcknowledgementOfAnotherVersionRootOrRecord() {
    Claim.Stands good = (Claim.Stands) claims.removeLast();
    Claim.Place place = good.places().getFirst();
    for (Claim.Place wrong :
        List.of(
            new Claim.Place(place.version() - 1, place.root(), place.leafPrefix()),
            new Claim.Place(place.version(), Hash.sha256("another"), place.leafPrefix()),
            new Claim.Place(place.version(), place.root(), "0123456789abcdef"))) {
      claims.add(new Claim.Stands(good.request(), List.of(wrong)));
      assertOnly(check(), Flaw.LOST, "count-5 was acknowledged");
      claims.removeLast();
    }
  }

  @Test
  void flagsAnotherRequestUnderTheAcknowledgedId() {
    Claim.Stands good = (Claim.Stands) claims.removeLast();
    Delta other = delta("count-5", delta -> delta.set("/own/k1", Json.of("other")));
    claims.add(new Claim.Stands(Request.of(ALPHA, other), good.places()));
    assertOnly(check(), Flaw.LOST, "count-5 was acknowledged");
  }

  @Test
  void flagsALostIncrement() {
    stands(delta("count-6", delta -> delta.type(Checker.COUNT).set("/counters/c0", Json.of(6))));
    stands(delta("stale", delta -> delta.type(Checker.COUNT).set("/counters/c0", Json.of(5))));
    assertOnly(check(), Flaw.LOST, "/counters/c0 is 5 after 7 increments");
  }

  @Test
  void flagsARemovedValueThatCameBack() {
    stands(delta("gone", delta -> delta.delete("/own/k1")));
    Delta unseen =
        new DeltaBuilder(AUTHOR, 3, clock.minusSeconds(5))
            .id("back")
            .set("/own/k1", Json.of(1))
            .build();
    // As a resolver without tombstones does: it takes what is unseen for seen.
    Delta blind =
        new DeltaBuilder(AUTHOR, head.version(), unseen.timestamp())
            .id("back")
            .set("/own/k1", Json.of(1))
            .build();
    append(unseen, blind);
    assertOnly(check(), Flaw.LOST, "version 12 undid what version 11 wrote at /own/k1");
  }

  @Test
  void acceptsAWriteThatBeatsWhatItsAuthorHadNotSeen() {
    stands(delta("gone", delta -> delta.delete("/own/k1")));
    clock = clock.plusSeconds(1);
    stands(new DeltaBuilder(AUTHOR, 3, clock).id("back").set("/own/k1", Json.of(1)).build());
    stands(new DeltaBuilder(AUTHOR, 3, clock).id("late").set("/own/k2", Json.of(9)).build());
    stands(
        new DeltaBuilder(AUTHOR, 3, clock.minusSeconds(60))
            .id("beaten")
            .set("/own/k2", Json.of(1))
            .build());
    assertThat(check().isClean()).isTrue();
  }

  @Test
  void acceptsThatADeltaHasSeenThoseBeforeItInItsList() {
    Delta first = delta("first", delta -> delta.set("/own/k1", Json.of(91)));
    Claim.Place one = place(append(first));
    Delta second =
        new DeltaBuilder(AUTHOR, first.base(), clock.minusSeconds(5))
            .id("second")
            .set("/own/k1", Json.of(92))
            .build();
    Delta seeing =
        new DeltaBuilder(AUTHOR, head.version(), second.timestamp())
            .id("second")
            .set("/own/k1", Json.of(92))
            .build();
    Claim.Place two = place(append(second, seeing));
    Request list = Request.of(ALPHA, List.of(first, second));
    claims.add(new Claim.Stands(list, List.of(one, two)));
    assertThat(check().isClean()).isTrue();
    claims.removeLast();
    assertOnly(check(), Flaw.LOST, "version 12 undid what version 11 wrote at /own/k1");
  }

  // Applied twice.

  @Test
  void flagsAnUpdateThatWasAppliedTwiceUnderTwoVersions() {
    append(delta("set-1", delta -> delta.set("/own/k1", Json.of(1))));
    assertOnly(check(), Flaw.TWICE, "set-1 stands at version 1 and again at 11");
  }

  @Test
  void flagsAnIncrementThatWasCountedTwice() {
    stands(delta("count-6", delta -> delta.type(Checker.COUNT).set("/counters/c0", Json.of(7))));
    assertOnly(check(), Flaw.TWICE, "/counters/c0 is 7 after 6 increments");
  }

  // Versions.

  @Test
  void flagsARecordThatStandsTwice() {
    records.add(4, records.get(3));
    Verdict verdict = check();
    assertCounts(verdict, Flaw.VERSIONS, "version 5 is missing or doubled");
    assertCounts(verdict, Flaw.TWICE, "count-2 stands at version 4 and again at 4");
  }

  @Test
  void flagsAHole() {
    records.remove(3);
    assertCounts(check(), Flaw.VERSIONS, "version 4 is missing or doubled");
  }

  @Test
  void flagsTwoRecordsThatChangedPlaces() {
    Collections.swap(records, 3, 4);
    assertCounts(check(), Flaw.VERSIONS, "version 4 is missing or doubled");
  }

  @Test
  void flagsARecordThatWasRewritten() {
    records.set(3, records.get(3).replace("\"author\":\"a\"", "\"author\":\"b\""));
    assertCounts(check(), Flaw.VERSIONS, "version 5 does not name the leaf hash");
  }

  @Test
  void flagsARecordThatIsNone() {
    records.set(3, "{}");
    assertCounts(check(), Flaw.VERSIONS, "record 4 is no record");
  }

  // Replicas.

  @Test
  void flagsALogThatEndsEarly() {
    records.removeLast();
    Verdict verdict = check();
    assertCounts(verdict, Flaw.REPLICAS, "m1 ends at version 10, the log has 9 records");
    assertCounts(verdict, Flaw.LOST, "count-5 was acknowledged");
  }

  @Test
  void flagsAReplicaThatStoppedAtAGap() {
    Snapshot before = head;
    stands(delta("more", delta -> delta.set("/own/k7", Json.of(7))));
    replicas.add(
        new Evidence.Replica(
            "m2", 10, before.head().root(), before.logRoot(), "", before.state().document()));
    assertOnly(check(), Flaw.REPLICAS, "m2 ends at version 10, the log has 11 records");
  }

  @Test
  void flagsAReplicaWithAnotherRootLogRootLeafHashOrDocument() {
    Hash root = head.head().root();
    Hash other = Hash.sha256("another");
    Json.Obj document = head.state().document();
    for (Evidence.Replica wrong :
        List.of(
            new Evidence.Replica("m2", 10, other, head.logRoot(), leafPrefix(), document),
            new Evidence.Replica("m2", 10, root, other, leafPrefix(), document),
            new Evidence.Replica("m2", 10, root, head.logRoot(), "0123456789abcdef", document),
            new Evidence.Replica(
                "m2", 10, root, head.logRoot(), leafPrefix(), document.with("x", Json.TRUE)))) {
      replicas.add(wrong);
      assertOnly(check(), Flaw.REPLICAS, "m2");
      replicas.clear();
    }
  }

  @Test
  void flagsAReadOfAVersionThatTheLogNeverHad() {
    reads.add(new Evidence.Read("a", "m1", 0, 10, "0123456789abcdef", 0));
    reads.add(new Evidence.Read("a", "m1", 0, 10, leafPrefix(), 0));
    assertOnly(check(), Flaw.REPLICAS, "which the log never had");
  }

  // Roots.

  @Test
  void flagsARootThatIsNotThatOfTheDocument() {
    Delta delta = delta("wrong", d -> d.set("/own/k9", Json.of(9)));
    Resolution.Accepted accepted = resolve(delta);
    Update good = update(delta, delta, accepted, accepted.next().root());
    Update wrong = update(delta, delta, accepted, Hash.sha256("a node that was not hashed again"));
    head = head.with(good, accepted.next());
    records.add(wrong.text());
    assertCounts(check(), Flaw.ROOTS, "the replay has root", "at version 11");
    assertCounts(check(), Flaw.ROOTS, "the document of version 11 has root");
  }

  // Stale reads.

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }

  private void read(double atSeconds, long version, long own) {
    reads.add(new Evidence.Read("a", "m1", seconds(atSeconds), version, "", own));
  }

  @Test
  void flagsAnAgentThatDoesNotSeeItsOwnWrite() {
    read(0, 9, 9);
    read(0, 8, 9);
    assertOnly(check(), Flaw.STALE, "version 8 after it had acknowledged version 9");
  }

  @Test
  void flagsAReadBeyondTheBound() {
    acks.add(new Evidence.Ack(9, seconds(10)));
    acks.add(new Evidence.Ack(10, seconds(12)));
    read(10.9, 8, 0);
    read(11.1, 9, 0);
    read(12.9, 9, 0);
    assertThat(check().isClean()).isTrue();
    read(11.1, 8, 0);
    assertOnly(check(), Flaw.STALE, "version 8 more than PT1S after version 9");
    reads.clear();
    read(13.1, 9, 0);
    assertOnly(check(), Flaw.STALE, "version 9 more than PT1S after version 10");
  }

  @Test
  void doesNotCountTheTimeInWhichAMemberWasStopped() {
    excused.add(new Freshness.Window("m1", seconds(10.5), seconds(14)));
    excused.add(new Freshness.Window(null, seconds(13), seconds(15)));
    excused.add(new Freshness.Window("m2", seconds(15), seconds(20)));
    acks.add(new Evidence.Ack(9, seconds(10)));
    read(15.4, 8, 0);
    assertThat(check().isClean()).isTrue();
    read(15.6, 8, 0);
    assertOnly(check(), Flaw.STALE, "version 8 more than PT1S after version 9");
  }

  // Unknown outcomes, answers.

  @Test
  void flagsAnOutcomeThatIsStillUnknown() {
    claims.add(new Claim.Open(Request.of(ALPHA, delta("open", d -> d.delete("/own")))));
    assertOnly(check(), Flaw.OPEN, "open", "no certain outcome");
  }

  @Test
  void flagsARefusedUpdateThatLeftATrace() {
    Delta refused = delta("refused", delta -> delta.set("/own/k9", Json.of(9)));
    append(refused);
    claims.add(new Claim.Refused(Request.of(ALPHA, refused), "strict-conflict"));
    assertOnly(check(), Flaw.ANSWERS, "refused (strict-conflict)");
  }

  @Test
  void flagsAListThatStandsInPart() {
    Delta first = delta("first", delta -> delta.set("/own/k1", Json.of(91)));
    Delta second = delta("second", delta -> delta.set("/own/k2", Json.of(92)));
    append(first);
    claims.add(new Claim.Open(Request.of(ALPHA, List.of(first, second))));
    assertCounts(check(), Flaw.ANSWERS, "1 of 2 stand in the log");
  }

  @Test
  void flagsAListWithAnotherUpdateInBetween() {
    Delta first = delta("first", delta -> delta.set("/own/k1", Json.of(91)));
    Claim.Place one = place(append(first));
    append(delta("other", delta -> delta.set("/own/k3", Json.of(93))));
    Delta second = delta("second", delta -> delta.set("/own/k2", Json.of(92)));
    Claim.Place two = place(append(second));
    claims.add(new Claim.Stands(Request.of(ALPHA, List.of(first, second)), List.of(one, two)));
    assertOnly(check(), Flaw.ANSWERS, "the list");
  }

  @Test
  void holdsWhatOneMemberShowsAgainstItsWriters() {
    claims.add(new Claim.Open(Request.of(ALPHA, delta("open", d -> d.delete("/own")))));
    assertThat(Checker.check(history(head.state().document()), claims)).isEmpty();
    assertThat(Checker.check(history(head.state().document().with("x", Json.TRUE)), claims))
        .singleElement()
        .asString()
        .contains("the document shows another document");
    Delta lost = delta("lost", delta -> delta.set("/own/k9", Json.of(9)));
    claims.add(
        new Claim.Stands(
            Request.of(ALPHA, lost), List.of(new Claim.Place(11, head.head().root(), ""))));
    assertThat(Checker.check(history(head.state().document()), claims))
        .singleElement()
        .asString()
        .contains("lost was acknowledged");
  }

  private History history(Json.Obj document) {
    return new History(
        ALPHA,
        records,
        head.version(),
        head.head().root(),
        head.logRoot(),
        head.version(),
        document);
  }
}
