package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.log.Undo;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Changes;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What one author wrote goes back, and what others wrote stays. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class UndoIT {
  private static final Author BAD = new Author("bad");
  private static final Author GOOD = new Author("good");
  private static final Author ME = new Author("me");
  private static final List<String> PLACES =
      List.of("/a", "/a/b", "/a/b/c", "/a/d", "/e", "/e/f", "/g", "/h/i", "/h");

  @TempDir private static Path folder;
  private Mnemogrid grid;
  private int spaces;

  @BeforeAll
  void start() {
    grid = Mnemogrid.start(TestGrid.member(folder, TestGrid.freePort()));
  }

  @AfterAll
  void stop() {
    grid.close();
  }

  private Space space() {
    SpaceName name = SpaceName.of("undo-" + ++spaces);
    grid.createSpace(name, "{}");
    return grid.space(name).orElseThrow();
  }

  private static long write(Space space, Author author, UnaryOperator<DeltaBuilder> changes) {
    CommitResult result = space.commit(space.delta(author, changes)).join();
    assertThat(result).isInstanceOf(Committed.class);
    return ((Committed) result).version();
  }

  private static void undo(Space space, Author of, long since) {
    CommitResult result = space.undo(space.undone(of, since), ME, DeltaBuilder.newId()).join();
    assertThat(result).isInstanceOf(Committed.class);
  }

  /** Random writes at and below each other's places; some are refused, as through an array. */
  private static void play(Space space, Author author, Random random) {
    String place = PLACES.get(random.nextInt(PLACES.size()));
    Json value =
        switch (random.nextInt(4)) {
          case 0 -> Json.EMPTY_OBJECT;
          case 1 -> Json.object(Map.of("x", Json.of(random.nextInt(9)), "b", Json.of(1)));
          default -> Json.of(random.nextInt(9));
        };
    boolean deletes = random.nextInt(4) == 0;
    space
        .commit(
            space.delta(author, delta -> deletes ? delta.delete(place) : delta.set(place, value)))
        .join();
  }

  @Test
  void whatOneAloneWroteIsAsItWasBefore() {
    Random random = new Random(1);
    for (int round = 0; round < 30; round++) {
      Space space = space();
      for (int i = 0; i < 8; i++) {
        play(space, random.nextBoolean() ? GOOD : BAD, random);
      }
      long since = space.head().version();
      Json before = space.head().state().document();
      for (int i = 0; i < 12; i++) {
        play(space, BAD, random);
      }
      if (space.undone(BAD, since).places().isEmpty()) {
        assertThat(space.head().state().document()).isEqualTo(before);
      } else {
        undo(space, BAD, since);
        assertThat(space.head().state().document()).as("round %d", round).isEqualTo(before);
      }
      assertThat(space.undone(BAD, since).places()).as("nothing is left to undo").isEmpty();
    }
  }

  /** Who changed each leaf last, of those that were changed at all. */
  private static Map<Pointer, Author> lastAuthors(Space space, long since) {
    Map<Pointer, Author> last = new HashMap<>();
    long at = since;
    for (List<Update> page = space.updates(at, 500);
        !page.isEmpty();
        page = space.updates(at, 500)) {
      for (Update update : page) {
        Changes changes = update.fields().changes();
        Author author = update.fields().author();
        changes.added().forEach(change -> last.put(change.path(), author));
        changes.modified().forEach(change -> last.put(change.path(), author));
        changes.deleted().forEach(change -> last.put(change.path(), author));
        at = update.version();
      }
    }
    return last;
  }

  private static Map<Pointer, Json> leaves(State state) {
    Map<Pointer, Json> leaves = new TreeMap<>();
    state.forEachLeaf(Pointer.ROOT, leaf -> leaves.put(leaf.path(), leaf.value()));
    return leaves;
  }

  @Test
  void whatOthersWroteStaysAndTheRestGoesBack() {
    Random random = new Random(2);
    int undone = 0;
    for (int round = 0; round < 60; round++) {
      Space space = space();
      for (int i = 0; i < 6; i++) {
        play(space, GOOD, random);
      }
      long since = space.head().version();
      for (int i = 0; i < 14; i++) {
        play(space, random.nextInt(3) == 0 ? GOOD : BAD, random);
      }
      Map<Pointer, Author> last = lastAuthors(space, since);
      Map<Pointer, Json> before = leaves(space.head().state());
      Undo plan = space.undone(BAD, since);
      if (plan.places().isEmpty()) {
        continue;
      }
      undone++;
      undo(space, BAD, since);
      Map<Pointer, Json> after = leaves(space.head().state());
      before.forEach((path, value) -> {
        if (!BAD.equals(last.get(path))) {
          assertThat(after.get(path)).as("%s of another author", path).isEqualTo(value);
        }
      });
      for (Undo.Place place : plan.places()) {
        assertThat(last).containsEntry(place.path(), BAD);
        assertThat(Objects.equals(before.get(place.path()), place.stands())).isTrue();
        assertThat(Objects.equals(after.get(place.path()), place.before()))
            .as("%s in round %d", place, round)
            .isTrue();
      }
      for (Pointer kept : plan.kept()) {
        assertThat(after.keySet())
            .as("what keeps %s from coming back", kept)
            .anyMatch(other -> other.overlaps(kept) && !other.equals(kept));
      }
    }
    assertThat(undone).isGreaterThan(40);
  }

  @Test
  void namesThoseWhoHadSeenIt() {
    Space space = space();
    long first = write(space, GOOD, delta -> delta.set("/a", Json.of(1)));
    long bad = write(space, BAD, delta -> delta.set("/a", Json.of(2)));
    write(space, GOOD, delta -> delta.set("/b", Json.of(1)).base(first));
    long reader = write(space, GOOD, delta -> delta.set("/c", Json.of(1)).base(bad));

    Undo plan = space.undone(BAD, first);

    assertThat(plan.readers()).extracting(Undo.Reader::version).containsExactly(reader);
    assertThat(plan.readersInAll()).isEqualTo(1);
    assertThat(plan.places())
        .containsExactly(new Undo.Place(Pointer.parse("/a"), Json.of(2), Json.of(1), bad));
    assertThatThrownBy(() -> space.undone(BAD, 99)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void anUndoOfAnOlderHeadIsRefused() {
    Space space = space();
    write(space, BAD, delta -> delta.set("/a", Json.of(1)));
    Undo plan = space.undone(BAD, 0);
    write(space, GOOD, delta -> delta.set("/a", Json.of(2)));

    CommitResult result = space.undo(plan, ME, DeltaBuilder.newId()).join();

    assertThat(result).isInstanceOf(CommitResult.Refused.class);
    assertThat(((CommitResult.Refused) result).refusal()).isInstanceOf(Refusal.NotCurrent.class);
    assertThat(space.undone(BAD, 0).places()).as("it stands no more").isEmpty();
  }
}
