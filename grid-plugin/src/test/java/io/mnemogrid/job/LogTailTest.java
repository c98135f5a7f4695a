package io.mnemogrid.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.audit.AuditLag;
import io.mnemogrid.audit.Page;
import io.mnemogrid.checkpoint.AuditedHead;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.SqliteStore;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogTailTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");

  private final AtomicInteger reads = new AtomicInteger();

  /** The same log, which counts how often records are read. */
  private LogReader counted(LogReader log) {
    return (LogReader)
        Proxy.newProxyInstance(
            LogReader.class.getClassLoader(),
            new Class<?>[] {LogReader.class},
            (_, method, arguments) -> {
              if (method.getName().equals("read")) {
                reads.incrementAndGet();
              }
              try {
                return method.invoke(log, arguments);
              } catch (java.lang.reflect.InvocationTargetException e) {
                throw e.getTargetException();
              }
            });
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
            tail.fill(pages::add);
            return store.audited().newest(SPACE).isPresent();
          });
      Optional<AuditedHead> found = store.audited().newest(SPACE);
      assertThat(found.orElseThrow().problem()).contains("version 9: is missing");
      int before = reads.get();
      for (int i = 0; i < 200; i++) {
        tail.fill(pages::add);
      }
      assertThat(reads).hasValue(before);
      assertThat(pages).hasSize(1);
      assertThat(AuditLag.of(store.log(), store.audited())).as("it is followed no more").isEmpty();
    }
  }

  @SuppressWarnings("NullAway") // the map is asked only when a document is published
  private LogTail tail(SqliteStore store) {
    return new LogTail(
        new AuditParts(
            counted(store.log()),
            (_, _) -> null,
            store.audited(),
            null,
            new AuditProgress(),
            () -> {
              throw new IllegalStateException("this is not the full audit");
            }));
  }
}
