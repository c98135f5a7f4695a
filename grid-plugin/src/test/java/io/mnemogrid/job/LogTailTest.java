package io.mnemogrid.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.audit.Page;
import io.mnemogrid.audit.Unaudited;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.checkpoint.AuditedHeads;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  private final Map<String, Integer> calls = new TreeMap<>();
  private final AtomicLong nanos = new AtomicLong();
  private long mostBytes = Long.MAX_VALUE;

  /** The same port, which counts its calls. */
  private <T> T counted(Class<T> type, T port) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, arguments) -> {
              calls.merge(method.getName(), 1, Integer::sum);
              try {
                return method.invoke(port, arguments);
              } catch (java.lang.reflect.InvocationTargetException e) {
                throw e.getTargetException();
              }
            }));
  }

  private int calls(String method) {
    return calls.getOrDefault(method, 0);
  }

  @Test
  void aLogWithoutItsLastRowsIsAProblemAndIsReadNoMore(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("mnemogrid.db");
    try (SqliteStore store = SqliteStore.open(file)) {
      Scribe scribe = new Scribe(SPACE);
      store.log().create(SPACE, "{}");
      store.log().append(List.of(scribe.batch("u", 8)));
      LogTail tail = tail(store);
      List<Page> pages = new ArrayList<>();
      tail.fill(pages::add);
      assertThat(pages).hasSize(1);

      store.log().append(List.of(scribe.batch("v", 2)));
      try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
          Statement statement = connection.createStatement()) {
        assertThat(statement.executeUpdate("DELETE FROM update_log WHERE version > 8"))
            .isEqualTo(2);
      }
      await()
          .atMost(Duration.ofSeconds(10))
          .until(() -> {
            fill(tail, pages, LogTail.POLL);
            return store.audited().newest(SPACE).isPresent();
          });
      Optional<AuditedHead> found = store.audited().newest(SPACE);
      assertThat(found.orElseThrow().problem()).contains("version 9: is missing");
      int before = calls("read");
      for (int i = 0; i < 200; i++) {
        fill(tail, pages, LogTail.POLL);
      }
      assertThat(calls("read")).isEqualTo(before);
      assertThat(pages).as("and it is let go of").hasSize(2).last().matches(Page::last);
      assertThat(new Unaudited(store.log(), store.audited()).lags())
          .as("it is followed no more")
          .isEmpty();
    }
  }

  private void fill(LogTail tail, List<Page> pages, Duration later) {
    nanos.addAndGet(later.toNanos());
    tail.fill(pages::add);
  }

  private static void audited(SqliteStore store, Snapshot at) {
    store
        .audited()
        .publish(
            new AuditedHead(
                new Head(at.space(), at.version(), at.head().root(), at.logRoot()),
                at.head().leafHash(),
                new ContentAddress(Hash.ZERO),
                1,
                at.head().committed(),
                store.log().now(),
                null));
  }

  private static Scribe written(SqliteStore store, SpaceName space, int updates) {
    Scribe scribe = new Scribe(space);
    store.log().create(space, "{}");
    store.log().append(List.of(scribe.batch("u", updates)));
    return scribe;
  }

  @Test
  void atTheBeginningNothingIsLoadedOfHeadsThatAreAudited(@TempDir Path folder) {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      List<Scribe> scribes = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        Scribe scribe = written(store, SpaceName.of("space-" + i), 3);
        audited(store, scribe.snapshot());
        scribes.add(scribe);
      }
      store.log().create(SpaceName.of("empty"), "{}");
      Scribe other = written(store, SPACE, 2); // of another history than the audit saw
      Scribe seen = new Scribe(SPACE);
      seen.set("first", "/x", Json.of(1));
      seen.set("second", "/x", Json.of(2));
      audited(store, seen.snapshot());

      LogTail tail = tail(store);
      List<Page> pages = new ArrayList<>();
      for (int i = 0; i < 10; i++) {
        fill(tail, pages, LogTail.POLL);
      }
      assertThat(pages).extracting(Page::space).containsOnly(SPACE.text());
      assertThat(pages.getFirst().updates()).hasSize((int) other.head().version());
      assertThat(calls("heads")).as("all heads are listed").isZero();
      assertThat(calls("headsSince")).isEqualTo(10);
      assertThat(calls("newest")).as("all findings once, those of a space once").isEqualTo(2);
      assertThat(calls("replay")).isEqualTo(1);

      pages.clear();
      Scribe changed = scribes.get(7);
      store.log().append(List.of(changed.batch("v", 1)));
      fill(tail, pages, LogTail.POLL);
      assertThat(pages)
          .singleElement()
          .satisfies(page -> {
            assertThat(page.space()).isEqualTo("space-7");
            assertThat(startOf(page).version()).isEqualTo(3);
            assertThat(page.updates()).extracting(Update::version).containsExactly(4L);
          });
    }
  }

  private static Snapshot startOf(Page page) {
    return Snapshot.parse(Objects.requireNonNull(page.start()).snapshot());
  }

  @Test
  void aQuietSpaceIsLetGoOfAndGoesOnFromWhatIsAudited(@TempDir Path folder) {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      Scribe scribe = written(store, SPACE, 3);
      LogTail tail = tail(store);
      List<Page> pages = new ArrayList<>();
      fill(tail, pages, LogTail.POLL);
      fill(tail, pages, LogTail.POLL);
      assertThat(pages).extracting(Page::publish).containsExactly(false, true);
      audited(store, scribe.snapshot());

      fill(tail, pages, LogTail.QUIET.minusSeconds(1));
      store.log().append(List.of(scribe.batch("v", 1)));
      pages.clear();
      fill(tail, pages, LogTail.POLL);
      assertThat(pages).as("it was not quiet for long enough").hasSize(1);
      assertThat(pages.getFirst().start()).isNull();
      fill(tail, pages, LogTail.POLL);
      audited(store, scribe.snapshot());
      pages.clear();
      fill(tail, pages, LogTail.QUIET.plusSeconds(1));
      assertThat(pages).containsExactly(Page.last(SPACE.text()));
      fill(tail, pages, LogTail.QUIET.plusSeconds(1));
      assertThat(pages).as("once").hasSize(1);

      pages.clear();
      store.log().append(List.of(scribe.batch("w", 1)));
      fill(tail, pages, LogTail.POLL);
      assertThat(pages).hasSize(1);
      assertThat(startOf(pages.getFirst()).version()).isEqualTo(4);
      assertThat(pages.getFirst().updates()).extracting(Update::version).containsExactly(5L);
    }
  }

  @Test
  void aSpaceThatCannotBeReadYetIsBegunByTheNextCall(@TempDir Path folder) {
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      written(store, SPACE, 3);
      AtomicBoolean away = new AtomicBoolean(true);
      LogReader log =
          (LogReader)
              Proxy.newProxyInstance(
                  LogReader.class.getClassLoader(),
                  new Class<?>[] {LogReader.class},
                  (_, method, arguments) -> {
                    if (away.get() && method.getName().equals("read")) {
                      throw new LogUnavailable(
                          LogUnavailable.Outcome.NOT_APPLIED, "away", new Exception());
                    }
                    return method.invoke(store.log(), arguments);
                  });
      LogTail tail = tail(log, store.audited());
      List<Page> pages = new ArrayList<>();
      fill(tail, pages, LogTail.POLL);
      assertThat(pages).isEmpty();
      away.set(false);
      fill(tail, pages, Duration.ofSeconds(3));
      assertThat(pages).hasSize(1);
      assertThat(startOf(pages.getFirst()).version()).isZero();
      assertThat(pages.getFirst().updates()).hasSize(3);
    }
  }

  @Test
  void wherePlacesAreFewSpacesTakeTurns(@TempDir Path folder) {
    mostBytes = 1; // room for one document
    try (SqliteStore store = SqliteStore.open(folder.resolve("mnemogrid.db"))) {
      List<Scribe> scribes = new ArrayList<>();
      for (int i = 0; i < 5; i++) {
        scribes.add(written(store, SpaceName.of("space-" + i), 1));
      }
      LogTail tail = tail(store);
      List<Page> pages = new ArrayList<>();
      Set<String> kept = new HashSet<>();
      int read = 0;
      for (int round = 0; round < 400; round++) {
        for (Scribe scribe : scribes) { // each has always something new
          store.log().append(List.of(scribe.batch("r" + round, 1)));
        }
        fill(tail, pages, LogTail.POLL);
        for (Page page : pages.subList(read, pages.size())) {
          if (page.last()) {
            kept.remove(page.space());
          } else {
            kept.add(page.space());
          }
          assertThat(kept).as("at once").hasSizeLessThanOrEqualTo(1);
        }
        read = pages.size();
      }

      assertThat(pages.stream().filter(Page::publish).map(Page::space).distinct())
          .as("each comes to its turn")
          .hasSize(5);
    }
  }

  private LogTail tail(SqliteStore store) {
    return tail(
        counted(LogReader.class, store.log()), counted(AuditedHeads.class, store.audited()));
  }

  @SuppressWarnings("NullAway") // the map is not asked
  private LogTail tail(LogReader log, AuditedHeads audited) {
    return new LogTail(
        new AuditParts(
            log,
            (_, _) -> null,
            audited,
            null,
            new AuditProgress(),
            () -> {
              throw new IllegalStateException("this is not the full audit");
            }),
        _ -> 1,
        nanos::get,
        mostBytes);
  }
}
