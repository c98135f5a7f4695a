package io.mnemogrid.audit;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class AuditStateTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Start FROM_NOTHING = Start.of(Snapshot.ofNew(SPACE), 0, "");

  private final Scribe scribe = new Scribe(SPACE);
  private final List<Update> updates = new ArrayList<>();
  private final AuditState audit = new AuditState();

  AuditStateTest() {
    write(6);
  }

  private void write(int count) {
    for (int i = 0; i < count; i++) {
      int n = updates.size() + 1;
      updates.add(scribe.set("u" + n, "/facts/k" + n % 4, Json.of(n)));
    }
  }

  private List<Finding> follow(@Nullable Start start, List<Update> page, boolean atHead) {
    return audit.follow(new Page(SPACE.text(), start, new ArrayList<>(page), atHead));
  }

  private Finding problem(List<Update> page) {
    List<Finding> findings = follow(FROM_NOTHING, page, true);
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().problem()).isNotNull();
    assertThat(follow(null, updates, true)).as("it stopped").isEmpty();
    return findings.getFirst();
  }

  @Test
  void recomputesTheHeadThatItPublishes() {
    Finding finding = follow(FROM_NOTHING, updates, true).getFirst();
    Snapshot head = scribe.snapshot();
    assertThat(finding.problem()).isNull();
    assertThat(finding.head().version()).isEqualTo(6);
    assertThat(finding.head().stateRoot()).isEqualTo(head.state().root());
    assertThat(finding.head().logRoot()).isEqualTo(head.logRoot());
    assertThat(finding.leafHash()).isEqualTo(head.head().leafHash());
    assertThat(finding.committed()).isEqualTo(head.head().committed());
    assertThat(finding.snapshotAddress()).isEqualTo(address(head));
  }

  @Test
  void publishesAtTheLogsHeadOnly() {
    assertThat(follow(FROM_NOTHING, updates.subList(0, 3), false)).isEmpty();
    assertThat(follow(null, updates.subList(3, 6), true))
        .singleElement()
        .satisfies(finding -> assertThat(finding.head().version()).isEqualTo(6));
  }

  @Test
  void readsAgainWhatItKnowsWithoutHarm() {
    follow(FROM_NOTHING, updates.subList(0, 4), true);
    assertThat(follow(null, updates, true))
        .singleElement()
        .satisfies(finding -> assertThat(finding.problem()).isNull());
  }

  @Test
  void stopsAtAMissingVersion() {
    Finding finding =
        problem(List.of(updates.get(0), updates.get(1), updates.get(3), updates.get(4)));
    assertThat(finding.problem()).isEqualTo("version 4 follows version 2");
  }

  @Test
  void stopsWhereTheChainBreaks() {
    Scribe elsewhere = new Scribe(SPACE);
    Update first = elsewhere.set("other", "/facts/k1", Json.of(1));
    Finding finding = problem(List.of(first, updates.get(1)));
    assertThat(finding.problem()).isEqualTo("record 2 names another record before it");
    assertThat(finding.head().version()).isEqualTo(2);
  }

  @Test
  void stopsAtAChangeFromWhatDoesNotStand() {
    Update forged =
        Update.parse(updates.get(4).text().replace("\"old_value\":1", "\"old_value\":7"));
    assertThat(forged).isNotEqualTo(updates.get(4));
    List<Update> page = new ArrayList<>(updates.subList(0, 4));
    page.add(forged);
    assertThat(problem(page).problem()).contains("/facts/k1");
  }

  @Test
  void findsARootThatIsNotTheDocuments() {
    Update last = updates.get(5);
    Update forged = Update.parse(last.text().replace("\"new_value\":6", "\"new_value\":66"));
    assertThat(forged.leafHash()).isNotEqualTo(last.leafHash());
    List<Update> page = new ArrayList<>(updates.subList(0, 5));
    page.add(forged);
    Finding finding = problem(page);
    assertThat(finding.problem()).contains("its record says " + last.root());
    assertThat(finding.head().stateRoot()).isNotEqualTo(last.root());
  }

  private static String address(Snapshot snapshot) {
    return ContentAddress.of(snapshot.state().document().canonicalBytes()).toString();
  }

  @Test
  void takesTheAddressOfTheDocumentAtFirstAndThenNowAndThen() {
    Finding first = follow(FROM_NOTHING, updates, true).getFirst();
    assertThat(first.snapshotVersion()).isEqualTo(6);
    write(1);
    Finding second = follow(null, updates.subList(6, 7), true).getFirst();
    assertThat(second.snapshotVersion()).isEqualTo(6);
    assertThat(second.snapshotAddress()).isEqualTo(first.snapshotAddress());
    write(AuditState.ADDRESS_EVERY - 1);
    Finding third = follow(null, updates.subList(7, updates.size()), true).getFirst();
    assertThat(third.head().version()).isEqualTo(6 + AuditState.ADDRESS_EVERY);
    assertThat(third.snapshotVersion()).isEqualTo(6 + AuditState.ADDRESS_EVERY);
    assertThat(third.snapshotAddress()).isEqualTo(address(scribe.snapshot()));
  }

  @Test
  void goesOnFromWhatWasPublished() {
    Snapshot at = scribe.snapshot();
    write(3);
    AuditState another = new AuditState();
    String address = address(at);
    List<Finding> findings =
        another.follow(
            new Page(
                SPACE.text(),
                Start.of(at, 6, address),
                new ArrayList<>(updates.subList(6, 9)),
                true));
    assertThat(findings)
        .singleElement()
        .satisfies(finding -> {
          assertThat(finding.problem()).isNull();
          assertThat(finding.head().logRoot()).isEqualTo(scribe.snapshot().logRoot());
          assertThat(finding.snapshotVersion()).isEqualTo(6);
          assertThat(finding.snapshotAddress()).isEqualTo(address);
        });
  }

  @Test
  void doesNothingBeforeItIsToldWhereToStart() {
    assertThat(follow(null, updates, true)).isEmpty();
  }
}
