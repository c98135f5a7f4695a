package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.FirstVersion;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What becomes of policies that an older version kept beside the log, on every database. */
public abstract class OldPoliciesContractTest {
  private static final SpaceName DARYL = SpaceName.of("daryl");
  private static final SpaceName EMPTY = SpaceName.of("empty");
  private static final String POLICY =
      "{\"format\":\"mnemogrid-policy-1\",\"writers\":[{\"authors\":[\"a\"],\"paths\":[\"/x\"]}]}";

  /** A log of the store of this test. */
  protected abstract UpdateLog open();

  /** Changes what the store's table of spaces says, as somebody with SQL does. */
  protected abstract void write(SpaceName space, String policy);

  private static Snapshot moved(UpdateLog log, SpaceName space) {
    try (Replicas replicas = new Replicas(log)) {
      new OldPolicies(log, replicas).move();
      Snapshot head = log.replay(space, Long.MAX_VALUE).orElseThrow();
      Snapshot shown = replicas.get(space);
      assertThat(shown == null ? head.head() : shown.head()).isEqualTo(head.head());
      return head;
    }
  }

  @Test
  void aPolicyBecomesTheNextVersionOnce() {
    UpdateLog log = open();
    log.create(DARYL, POLICY);
    log.create(EMPTY, "{}");
    Scribe scribe = new Scribe(DARYL);
    log.append(List.of(scribe.batch("u", 3)));
    Snapshot head = moved(log, DARYL);
    assertThat(head.version()).isEqualTo(4);
    assertThat(head.state().value(Reserved.POLICY)).isEqualTo(Json.parse(POLICY));
    Update update = log.read(DARYL, 3, 1).getFirst();
    assertThat(update.id()).isEqualTo(FirstVersion.ID);
    assertThat(update.fields().author()).isEqualTo(FirstVersion.AUTHOR);
    assertThat(moved(log, DARYL).head()).as("a second start").isEqualTo(head.head());
    assertThat(log.head(EMPTY)).contains(LogHead.ofNew(EMPTY));
  }

  @Test
  void whatIsNoPolicyIsKeptAsATextAndRulesNothing() {
    UpdateLog log = open();
    log.create(DARYL, "{\"owner\":\"me\"}");
    log.create(EMPTY, "{\"format\":\"mnemogrid-policy-1\",\"sealed\":[]}");
    Snapshot head = moved(log, DARYL);
    assertThat(head.version()).isEqualTo(1);
    assertThat(head.state().value(Reserved.OLD_POLICY)).isEqualTo(Json.of("{\"owner\":\"me\"}"));
    assertThat(head.state().value(Reserved.POLICY)).isNull();
    assertThat(log.replay(EMPTY, 1).orElseThrow().state().value(Reserved.OLD_POLICY)).isNotNull();
  }

  @Test
  void whatTheTableSaysLaterCountsForNothing() {
    UpdateLog log = open();
    log.create(DARYL, POLICY);
    assertThat(OldPolicies.altered(log)).as("it was not moved yet").isEmpty();
    Snapshot head = moved(log, DARYL);
    assertThat(OldPolicies.altered(log)).as("it says what was moved").isEmpty();
    for (String other : List.of("{\"format\":\"mnemogrid-policy-1\"}", "no json")) {
      write(DARYL, other);
      assertThat(moved(log, DARYL).head()).isEqualTo(head.head());
      assertThat(OldPolicies.altered(log))
          .singleElement()
          .asString()
          .startsWith("space daryl: ")
          .contains("another policy than version 1 brought into the space")
          .endsWith("it counts for nothing");
    }
    write(DARYL, POLICY);
    assertThat(OldPolicies.altered(log)).as("it was set back").isEmpty();
  }

  @Test
  void aPolicyThatWasRemovedDoesNotComeBack() {
    UpdateLog log = open();
    log.create(DARYL, POLICY);
    Scribe scribe = new Scribe(moved(log, DARYL));
    LogHead expected = scribe.head();
    Update removed = scribe.delete("gone", Reserved.PLACE.toString());
    log.append(List.of(new Batch(expected, List.of(removed))));
    assertThat(moved(log, DARYL).state().value(Reserved.PLACE)).isNull();
  }

  @Test
  void aDocumentWithoutAPlaceForItKeepsWhatItHas() {
    UpdateLog log = open();
    log.create(DARYL, POLICY);
    Scribe scribe = new Scribe(DARYL);
    LogHead expected = scribe.head();
    Update array = scribe.set("array", Reserved.PLACE.toString(), Json.parse("[1]"));
    log.append(List.of(new Batch(expected, List.of(array))));
    assertThat(moved(log, DARYL).version()).isEqualTo(1);
  }

  @Test
  void severalMembersMoveItOnce() throws InterruptedException {
    UpdateLog log = open();
    log.create(DARYL, POLICY);
    List<Thread> members =
        List.of(open(), open(), open()).stream()
            .map(own -> Thread.ofPlatform().start(() -> moved(own, DARYL)))
            .toList();
    for (Thread member : members) {
      member.join();
    }
    assertThat(log.head(DARYL).orElseThrow().version()).isEqualTo(1);
    assertThat(log.find(DARYL, List.of(new UpdateId("mnemogrid.part:policy"))).updates())
        .hasSize(1);
  }
}
