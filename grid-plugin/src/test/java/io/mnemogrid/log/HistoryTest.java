package io.mnemogrid.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The past of a space whose log is longer than one call reads. */
class HistoryTest {
  private static final SpaceName SPACE = SpaceName.of("long");
  private static final Pointer RARE = Pointer.parse("/rare");
  private static final int OTHERS = History.MAX_SCANNED + 500;

  private final MemoryUpdateLog log = new MemoryUpdateLog();
  private final Scribe scribe = new Scribe(SPACE);
  private final List<Long> read = new ArrayList<>();

  /** Many updates of other places, and one of the place that is asked for. */
  private History history() {
    log.create(SPACE, "{}");
    log.append(List.of(scribe.batch("u", OTHERS)));
    LogHead before = scribe.head();
    log.append(List.of(new Batch(before, List.of(scribe.set("late", "/rare", Json.of(1))))));
    return new History(
        log,
        _ -> Optional.empty(),
        scribe.snapshot(),
        version -> {
          read.add(version);
          return log.replay(SPACE, version);
        });
  }

  @Test
  void readsSoManyRecordsACallAndSaysWhereToGoOn() {
    History history = history();
    HistoryPage first = history.of(RARE, 0, 10);
    assertThat(first.updates()).isEmpty();
    assertThat(first.next()).isEqualTo(History.MAX_SCANNED);
    HistoryPage second = history.of(RARE, first.next(), 10);
    assertThat(second.updates()).extracting(Update::version).containsExactly(OTHERS + 1L);
    assertThat(second.next()).isZero();
  }

  /** From the head back where that is near, and else from the log. */
  @Test
  void comesToAVersionByTheNearerWay() {
    History history = history();
    assertThat(history.diff(OTHERS, OTHERS + 1).toJson().canonical())
        .isEqualTo("[{\"op\":\"add\",\"path\":\"/rare\",\"value\":1}]");
    assertThat(read).isEmpty();
    assertThat(history.diff(1, 2).toJson().canonical())
        .isEqualTo("[{\"op\":\"add\",\"path\":\"/facts/k2\",\"value\":2}]");
    assertThat(read).containsExactly(2L);
  }
}
