package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog.Batch;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What fsck and the full audit read at once. */
class StoreRowsTest {
  private static final SpaceName SPACE = SpaceName.of("rows");
  private static final List<Integer> LEAVES = List.of(6, 6, 6, 1, 1, 16, 16, 1);

  @TempDir Path folder;

  /** Records of a quarter of a megabyte for each of their leaves. */
  static List<Update> write(Store store) {
    store.log().create(SPACE, "{}");
    Scribe scribe = new Scribe(SPACE);
    List<Update> all = new ArrayList<>();
    for (int leaves : LEAVES) {
      Map<String, Json> value = new TreeMap<>();
      for (int i = 0; i < leaves; i++) {
        value.put("k" + i, Json.of("x".repeat(250_000)));
      }
      var before = scribe.head();
      Update update = scribe.set("u" + all.size(), "/n" + all.size(), new Json.Obj(value));
      all.add(update);
      store.log().append(List.of(new Batch(before, List.of(update))));
    }
    return all;
  }

  /** Reads page by page, as the audit does. */
  static void endsItsPagesByTheirBytes(StoreRows rows, List<Update> all) {
    long space = rows.spaces().getFirst().id();
    long since = 0;
    List<Integer> pages = new ArrayList<>();
    while (true) {
      List<StoreRows.LogRow> page = rows.log(space, since, all.size());
      if (page.isEmpty()) {
        break;
      }
      long bytes = 0;
      for (StoreRows.LogRow row : page) {
        since++;
        assertThat(row.version()).isEqualTo(since);
        assertThat(row.record()).isEqualTo(all.get((int) since - 1).toBytes());
        bytes += row.record().length;
      }
      assertThat(page.size() == 1 || bytes <= LogReader.PAGE_BYTES).isTrue();
      pages.add(page.size());
    }
    assertThat(since).isEqualTo(all.size());
    assertThat(pages).as("records of a page").containsExactly(2, 3, 1, 1, 1);
    assertThat(rows.log(space, 3, 4)).hasSize(1);
  }

  @Test
  void pagesOfTheLogEndByTheirBytes() {
    Path file = folder.resolve("mnemogrid.db");
    try (SqliteStore store = SqliteStore.open(file);
        StoreRows rows = StoreRows.ofSqlite(file)) {
      endsItsPagesByTheirBytes(rows, write(store));
    }
  }

  @Test
  void headRowAndLogAreOfOneMomentWhileAMemberCommits() throws Exception {
    try (SqliteStore store = SqliteStore.open(folder.resolve("store.db"))) {
      store.log().create(SPACE, "{}");
      Thread writer = Thread.ofPlatform().start(() -> commit(store));
      List<StoreRows.SpaceRow> torn = new ArrayList<>();
      int looks = 0;
      try (StoreRows rows = StoreRows.ofSqlite(folder.resolve("store.db"))) {
        while (writer.isAlive()) {
          looks++;
          rows.spaces().stream()
              .filter(row -> row.newest() != row.head().version())
              .forEach(torn::add);
        }
      }
      writer.join();
      assertThat(looks).isGreaterThan(10);
      assertThat(torn).isEmpty();
    }
  }

  /** Where the rows are is noted in ranges; each row belongs to one of them. */
  @Test
  void everyVersionIsFoundAtTheEdgesOfTheRanges() {
    Path file = folder.resolve("mnemogrid.db");
    try (SqliteStore store = SqliteStore.open(file);
        StoreRows rows = StoreRows.ofSqlite(file)) {
      store.log().create(SPACE, "{}");
      Scribe scribe = new Scribe(SPACE);
      assertThat(rows.spaces().getFirst().newest()).isZero();
      int all = 0;
      for (; all < 2 * StoreRows.PLACED_AT_ONCE + 700; all += 700) {
        store.log().append(List.of(scribe.batch("many", 700)));
      }
      StoreRows.SpaceRow space = rows.spaces().getFirst();
      assertThat(space.newest()).isEqualTo(all);
      for (long edge : new long[] {StoreRows.PLACED_AT_ONCE, 2 * StoreRows.PLACED_AT_ONCE}) {
        assertThat(rows.log(space.id(), edge - 3, edge + 3))
            .extracting(StoreRows.LogRow::version)
            .containsExactlyElementsOf(LongStream.rangeClosed(edge - 2, edge + 3).boxed().toList());
      }
    }
  }

  private static void commit(SqliteStore store) {
    Scribe scribe = new Scribe(SPACE);
    for (int i = 1; i < 3000; i++) {
      var before = scribe.head();
      Update update = scribe.set("u" + i, "/n", Json.of(i));
      store.log().append(List.of(new Batch(before, List.of(update))));
    }
  }
}
