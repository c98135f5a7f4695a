package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.CommitResult.Committed;
import io.mnemogrid.FreePorts;
import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Space;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.Refusal;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.UpdateId;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What one record does not hold, through a whole member with its store on disk. */
class LargeChangesIT {
  private static final SpaceName SPACE = SpaceName.of("large");
  private static final Author BOT = new Author("bot-a");
  private static final int LEAVES = 72;
  private static final String VALUE = "x".repeat(250_000);

  @TempDir private Path folder;
  private Mnemogrid grid;
  private Space space;

  @BeforeEach
  void start() throws IOException {
    int port = FreePorts.next();
    grid =
        Mnemogrid.start(
            GridConfig.onOneHost(folder.resolve("mnemogrid.db"))
                .withCluster("large-" + port)
                .withPort(port)
                .withMembers(List.of("127.0.0.1:" + port)));
    grid.createSpace(SPACE, "{}");
    space = grid.space(SPACE).orElseThrow();
  }

  @AfterEach
  void stop() {
    grid.close();
  }

  /** 18 MB of leaves below /facts, and one beside them. */
  private void fill() {
    for (int from = 0; from < LEAVES; from += 12) {
      int first = from;
      committed(
          space
              .commit(
                  space.delta(
                      BOT,
                      delta -> {
                        for (int i = first; i < first + 12; i++) {
                          delta.set("/facts/k" + i, Json.of(VALUE + i));
                        }
                        return delta;
                      }))
              .join());
    }
    committed(space.commit(space.delta(BOT, delta -> delta.set("/beside", Json.of(1)))).join());
  }

  private static Committed committed(CommitResult result) {
    assertThat(result).isInstanceOf(Committed.class);
    return (Committed) result;
  }

  private List<Update> log() {
    List<Update> all = new ArrayList<>();
    List<Update> page = space.updates(0, 1000);
    while (!page.isEmpty()) {
      all.addAll(page);
      page = space.updates(page.getLast().version(), 1000);
    }
    return all;
  }

  @Test
  void aLargeDeleteAndTheWayBackTakeSeveralVersionsOrNone() {
    fill();
    long before = space.head().version();
    Hash root = space.head().head().root();

    var delete = space.delta(BOT, delta -> delta.delete("/facts"));
    Committed deleted = committed(space.commit(delete).join());
    assertThat(deleted.firstVersion()).isEqualTo(before + 1);
    assertThat(deleted.version()).isGreaterThanOrEqualTo(before + 3);
    assertThat(deleted.missedCount()).isZero();
    assertThat(deleted.applied()).containsExactly("/facts");
    assertThat(space.read(Pointer.ROOT)).isEqualTo(Json.object(Map.of("beside", Json.of(1))));

    Committed again = committed(space.commit(delete).join());
    assertThat(again.duplicate()).isTrue();
    assertThat(again.firstVersion()).isEqualTo(deleted.firstVersion());
    assertThat(again.version()).isEqualTo(deleted.version());

    UpdateId back = new UpdateId("back");
    Committed rolledBack = committed(space.rollback(before, BOT, back).join());
    assertThat(rolledBack.firstVersion()).isEqualTo(deleted.version() + 1);
    assertThat(rolledBack.version()).isGreaterThanOrEqualTo(deleted.version() + 3);
    assertThat(space.head().head().root()).isEqualTo(root);
    assertThat(committed(space.rollback(before, BOT, back).join()).version())
        .isEqualTo(rolledBack.version());

    List<Update> log = log();
    assertThat(log).allMatch(update -> update.sizeBytes() <= Resolution.MAX_RECORD_BYTES);
    assertThat(log.stream().map(Update::id).distinct()).hasSize(log.size());
    assertThat(log.stream().filter(update -> update.id().equals(back)).map(Update::version))
        .containsExactly(rolledBack.version());
    assertThat(space.find(delete.id()).orElseThrow().version()).isEqualTo(deleted.version());
    Snapshot replayed = Snapshot.ofNew(SPACE);
    for (Update update : log) {
      replayed = replayed.plus(update);
    }
    assertThat(replayed.head()).isEqualTo(space.head().head());
    assertThat(replayed.state().sizeBytes()).isEqualTo(space.head().state().sizeBytes());
  }

  @Test
  void refusesToSetWhatOneRecordDoesNotHoldAndNamesTheWayRound() {
    fill();
    long before = space.head().version();
    // 30 small values in place of 30 large ones: the record holds both
    CommitResult refused =
        space
            .commit(
                space.delta(
                    BOT,
                    delta -> {
                      for (int i = 0; i < 30; i++) {
                        delta.set("/facts/k" + i, Json.of(i));
                      }
                      return delta;
                    }))
            .join();
    assertThat(refused)
        .isInstanceOfSatisfying(
            CommitResult.Refused.class,
            no -> {
              assertThat(no.refusal()).isInstanceOf(Refusal.TooLarge.class);
              assertThat(no.refusal().code()).isEqualTo("too-large");
            });
    assertThat(space.head().version()).isEqualTo(before);

    // deleted first, and set in one list: as the hint says
    Map<String, Json> small = new TreeMap<>();
    for (int i = 0; i < 30; i++) {
      small.put("k" + i, Json.of(i));
    }
    List<CommitResult> list =
        space
            .commit(
                List.of(
                    space.delta(BOT, delta -> delta.delete("/facts")),
                    space.delta(BOT, delta -> delta.set("/facts", Json.object(small)))))
            .join();
    Committed first = committed(list.getFirst());
    Committed second = committed(list.getLast());
    assertThat(first.firstVersion()).isEqualTo(before + 1);
    assertThat(second.version()).isEqualTo(first.version() + 1);
    assertThat(second.missedCount()).isZero();
    assertThat(space.read(Pointer.parse("/facts"))).isEqualTo(Json.object(small));
  }

  @Test
  void aSmallValueInPlaceOfALargeObjectIsSetLast() {
    fill();
    Committed set =
        committed(space.commit(space.delta(BOT, delta -> delta.set("/facts", Json.of(7)))).join());
    assertThat(set.version() - set.firstVersion()).isGreaterThanOrEqualTo(2);
    assertThat(set.update().fields().changes().added()).hasSize(1);
    assertThat(space.read(Pointer.parse("/facts"))).isEqualTo(Json.of(7));
  }
}
