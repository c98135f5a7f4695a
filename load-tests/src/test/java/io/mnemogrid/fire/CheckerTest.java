package io.mnemogrid.fire;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.merge.Resolver;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
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
    if (!(Resolver.resolve(head.state(), head.version(), delta)
        instanceof Resolution.Accepted accepted)) {
      throw new AssertionError("refused: " + delta);
    }
    Update update =
        Update.of(
            new Update.Fields(
                ALPHA,
                head.version() + 1,
                delta.id(),
                delta.author(),
                delta.type(),
                delta.base(),
                delta.timestamp(),
                clock,
                delta.requestHash(),
                head.head().leafHash(),
                accepted.next().root(),
                accepted.changes(),
                accepted.superseded(),
                accepted.overrode()));
    head = head.with(update, accepted.next());
    records.add(update.text());
    return update;
  }

  private static Claim.Place place(Update update) {
    return new Claim.Place(
        update.version(), update.root(), update.leafHash().toString().substring(2, 18));
  }

  private void stands(Delta delta) {
    claims.add(new Claim.Stands(Request.of(ALPHA, delta), List.of(place(append(delta)))));
  }

  private List<String> check() {
    return check(head.state().document());
  }

  private List<String> check(Json.Obj document) {
    History history =
        new History(
            ALPHA,
            records,
            head.version(),
            head.head().root(),
            head.logRoot(),
            head.version(),
            document);
    return Checker.check(history, claims);
  }

  @Test
  void passesWhatKeepsItsPromises() {
    claims.add(new Claim.Refused(Request.of(ALPHA, delta("no", d -> d.delete("/own"))), "why"));
    claims.add(new Claim.Open(Request.of(ALPHA, delta("open", d -> d.delete("/own")))));
    Delta answeredNobody = delta("there", delta -> delta.delete("/own/k1"));
    append(answeredNobody);
    claims.add(new Claim.Open(Request.of(ALPHA, answeredNobody)));
    claims.add(claims.getFirst()); // sent again, and answered the same
    assertThat(check()).isEmpty();
  }

  @Test
  void flagsAnAcknowledgementThatIsNotInTheLog() {
    Delta lost = delta("lost", delta -> delta.set("/own/k9", Json.of(9)));
    claims.add(
        new Claim.Stands(
            Request.of(ALPHA, lost), List.of(new Claim.Place(11, head.head().root(), ""))));
    assertThat(check()).singleElement().asString().contains("lost", "0 times");
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
      assertThat(check()).singleElement().asString().contains("count-5 was acknowledged");
      claims.removeLast();
    }
  }

  @Test
  void flagsAnotherRequestUnderTheAcknowledgedId() {
    Claim.Stands good = (Claim.Stands) claims.removeLast();
    Delta other = delta("count-5", delta -> delta.set("/own/k1", Json.of("other")));
    claims.add(new Claim.Stands(Request.of(ALPHA, other), good.places()));
    assertThat(check()).singleElement().asString().contains("count-5 was acknowledged");
  }

  @Test
  void flagsARecordThatStandsTwice() {
    records.add(4, records.get(3));
    assertThat(check())
        .anyMatch(flaw -> flaw.contains("version 5 is missing or doubled"))
        .anyMatch(flaw -> flaw.contains("stands in the log 2 times"));
  }

  @Test
  void flagsAnUpdateThatWasAppliedTwiceUnderTwoVersions() {
    append(delta("set-1", delta -> delta.set("/own/k1", Json.of(1))));
    assertThat(check()).anyMatch(flaw -> flaw.contains("set-1 stands 2 times"));
  }

  @Test
  void flagsAHole() {
    records.remove(3);
    assertThat(check()).anyMatch(flaw -> flaw.contains("version 4 is missing or doubled"));
  }

  @Test
  void flagsALogThatEndsEarly() {
    records.removeLast();
    assertThat(check())
        .anyMatch(flaw -> flaw.contains("the log has 9 records, the head is version 10"))
        .anyMatch(flaw -> flaw.contains("count-5 was acknowledged"));
  }

  @Test
  void flagsTwoRecordsThatChangedPlaces() {
    Collections.swap(records, 3, 4);
    assertThat(check()).anyMatch(flaw -> flaw.contains("version 4 is missing or doubled"));
  }

  @Test
  void flagsARecordThatWasRewritten() {
    records.set(3, records.get(3).replace("\"author\":\"a\"", "\"author\":\"b\""));
    assertThat(check())
        .anyMatch(flaw -> flaw.contains("version 5 does not name the leaf hash"))
        .anyMatch(flaw -> flaw.contains("a replay from version 1 fails"));
  }

  @Test
  void flagsARecordThatIsNone() {
    records.set(3, "{}");
    assertThat(check()).singleElement().asString().contains("record 4 is no record");
  }

  @Test
  void flagsADocumentThatWasTamperedWith() {
    Json.Obj document = head.state().document().with("extra", Json.TRUE);
    assertThat(check(document))
        .anyMatch(flaw -> flaw.contains("the document has root"))
        .anyMatch(flaw -> flaw.contains("another document"));
  }

  @Test
  void flagsARefusedUpdateThatLeftATrace() {
    Delta refused = delta("refused", delta -> delta.set("/own/k9", Json.of(9)));
    append(refused);
    claims.add(new Claim.Refused(Request.of(ALPHA, refused), "strict-conflict"));
    assertThat(check()).singleElement().asString().contains("refused (strict-conflict)");
  }

  @Test
  void flagsAListThatStandsInPart() {
    Delta first = delta("first", delta -> delta.set("/own/k1", Json.of(91)));
    Delta second = delta("second", delta -> delta.set("/own/k2", Json.of(92)));
    append(first);
    claims.add(new Claim.Open(Request.of(ALPHA, List.of(first, second))));
    assertThat(check()).singleElement().asString().contains("1 of 2 stand in the log");
  }

  @Test
  void flagsAListWithAnotherUpdateInBetween() {
    Delta first = delta("first", delta -> delta.set("/own/k1", Json.of(91)));
    Claim.Place one = place(append(first));
    append(delta("other", delta -> delta.set("/own/k3", Json.of(93))));
    Delta second = delta("second", delta -> delta.set("/own/k2", Json.of(92)));
    Claim.Place two = place(append(second));
    claims.add(new Claim.Stands(Request.of(ALPHA, List.of(first, second)), List.of(one, two)));
    assertThat(check()).singleElement().asString().contains("the list");
  }

  @Test
  void flagsALostIncrement() {
    stands(delta("count-6", delta -> delta.type(Checker.COUNT).set("/counters/c0", Json.of(6))));
    stands(delta("stale", delta -> delta.type(Checker.COUNT).set("/counters/c0", Json.of(5))));
    assertThat(check()).singleElement().asString().contains("c0 is 5 after 7 increments");
  }
}
