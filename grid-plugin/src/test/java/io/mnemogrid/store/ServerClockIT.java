package io.mnemogrid.store;

import static org.awaitility.Awaitility.await;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.sql.Connection;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** The clock of a real PostgreSQL, whose driver fails in ways that it should not. */
class ServerClockIT {
  private static final Duration SOON = Duration.ofSeconds(60);

  @Test
  void isReadOnWhateverIsThrown() throws Exception {
    Dialect real =
        new PostgresDialect(
            Postgres.url(Postgres.newDatabase()),
            "postgres",
            null,
            PostgresDialect.SynchronousCommit.ON);
    List<Connection> opened = new CopyOnWriteArrayList<>();
    AtomicInteger asked = new AtomicInteger();
    Dialect odd =
        (Dialect)
            Proxy.newProxyInstance(
                Dialect.class.getClassLoader(),
                new Class<?>[] {Dialect.class},
                (_, method, arguments) -> {
                  if (!method.getName().equals("openReader")) {
                    try {
                      return method.invoke(real, arguments);
                    } catch (InvocationTargetException e) {
                      throw e.getTargetException();
                    }
                  }
                  switch (asked.incrementAndGet()) {
                    case 2 -> throw new NoClassDefFoundError("a class of the driver");
                    case 3 -> throw new IllegalStateException("the driver's own mistake");
                    default -> {
                      Connection connection = real.openReader();
                      opened.add(connection);
                      return connection;
                    }
                  }
                });
    try (ServerClock _ = new ServerClock(odd)) {
      opened.getFirst().close();
      await().atMost(SOON).until(() -> opened.size() == 2);
    }
  }
}
