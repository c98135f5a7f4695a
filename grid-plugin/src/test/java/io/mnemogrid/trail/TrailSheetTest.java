package io.mnemogrid.trail;

import static io.mnemogrid.trail.Entries.NOON;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Hash;
import io.mnemogrid.trail.TrailSheet.Reading;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class TrailSheetTest {
  private static final TrailHead BEFORE = new TrailHead(4, 10, Hash.sha256("before"), 10, 0);
  private static final TrailBatch BATCH = Entries.batch(1, NOON, "a", "b", "c");
  private static final TrailSheet SHEET = TrailSheet.after(BEFORE, BATCH);

  private static TrailSheet with(@Nullable String body) {
    return new TrailSheet(
        SHEET.number(),
        SHEET.first(),
        SHEET.entries(),
        SHEET.time(),
        SHEET.digest(),
        SHEET.hash(),
        body);
  }

  private static Reading altered(UnaryOperator<String> change) {
    return with(change.apply(Objects.requireNonNull(SHEET.body()))).read();
  }

  private static Reading lines(Consumer<List<String>> change) {
    return altered(body -> {
      List<String> lines = new ArrayList<>(List.of(body.split("\n", -1)));
      change.accept(lines);
      return String.join("\n", lines);
    });
  }

  @Test
  void keepsEntriesAsTheyWere() {
    assertThat(SHEET.read())
        .isEqualTo(
            new Reading.Whole(
                List.of(Entries.act("a", NOON), Entries.act("b", NOON), Entries.act("c", NOON))));
    assertThat(SHEET.number()).isEqualTo(5);
    assertThat(SHEET.first()).isEqualTo(11);
    assertThat(SHEET.last()).isEqualTo(13);
    assertThat(SHEET.hashAfter(BEFORE.hash())).isEqualTo(SHEET.hash());
    assertThat(SHEET.hashAfter(Hash.ZERO)).isNotEqualTo(SHEET.hash());
    assertThat(SHEET.head(BEFORE, 3)).isEqualTo(new TrailHead(5, 13, SHEET.hash(), 13, 0));
  }

  @Test
  void namesTheEntryThatWasAlteredRemovedOrAdded() {
    assertThat(altered(body -> body.replace("\"b\"", "\"x\"")))
        .isInstanceOfSatisfying(
            Reading.Altered.class, bad -> assertThat(bad.entry()).isEqualTo(12));
    assertThat(lines(lines -> lines.remove(2)))
        .isInstanceOfSatisfying(
            Reading.Altered.class, bad -> assertThat(bad.entry()).isEqualTo(12));
    assertThat(lines(lines -> lines.remove(3)))
        .isInstanceOfSatisfying(
            Reading.Altered.class, bad -> assertThat(bad.entry()).isEqualTo(13));
    assertThat(lines(lines -> lines.add(1, lines.get(3))))
        .isInstanceOfSatisfying(
            Reading.Altered.class, bad -> assertThat(bad.entry()).isEqualTo(11));
    assertThat(lines(lines -> lines.add("no line"))).isInstanceOf(Reading.Altered.class);
    assertThat(altered(body -> "zz" + body)).isInstanceOf(Reading.Altered.class);
    assertThat(altered(body -> "")).isInstanceOf(Reading.Altered.class);
  }

  /** Who alters an entry and all marks behind it is found by the digest, which the hash covers. */
  @Test
  void newMarksDoNotHideAnAlteredEntry() {
    TrailBatch forged = Entries.batch(1, NOON, "a", "x", "c");
    assertThat(with(forged.body()).read())
        .isInstanceOfSatisfying(Reading.Altered.class, bad -> assertThat(bad.entry()).isZero());
  }

  @Test
  void aForgottenSheetKeepsItsPlaceInTheChain() {
    TrailSheet forgotten = with(null);
    assertThat(forgotten.read()).isEqualTo(new Reading.Forgotten());
    assertThat(forgotten.hashAfter(BEFORE.hash())).isEqualTo(SHEET.hash());
  }

  /** Else somebody with a list of addresses would find out which one it was. */
  @Test
  void whatIsLeftOfASheetDependsOnItsSalt() {
    assertThat(Entries.batch(2, NOON, "a", "b", "c").digest()).isNotEqualTo(BATCH.digest());
    assertThat(BATCH.body()).startsWith(Entries.salt(1).toString().substring(2) + "\n");
  }

  @Test
  void saysItsHeadInALeaf() {
    TrailHead head = SHEET.head(BEFORE, 1);
    assertThat(TrailHead.Said.read(head.toLeaf()))
        .contains(new TrailHead.Said(5, 13, SHEET.hash()));
  }
}
