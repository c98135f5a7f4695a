package io.mnemogrid.process;

import io.mnemogrid.store.StoreRows;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/** A PostgreSQL of its own, which members reach through a {@link StoreProxy} only. */
public final class PostgresUnderTest implements StoreUnderTest {
  private final EmbeddedPostgres server;
  private final StoreProxy proxy;

  public PostgresUnderTest(Path folder) {
    try {
      server =
          EmbeddedPostgres.builder()
              .setDataDirectory(folder.toFile())
              .setServerConfig("fsync", "on")
              .start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    proxy = new StoreProxy(server.getPort());
  }

  private static String url(int port) {
    return "jdbc:postgresql://127.0.0.1:" + port + "/postgres";
  }

  @Override
  public Map<String, String> environment() {
    return Map.of("MNEMOGRID_STORE", url(proxy.port()), "MNEMOGRID_STORE_USER", "postgres");
  }

  @Override
  public void gone(Duration lasts, int variant) {
    proxy.set(variant % 2 == 0 ? StoreProxy.Mode.CUT : StoreProxy.Mode.SILENT);
    MemberProcess.pause(lasts.toMillis());
  }

  @Override
  public void slow(Duration lasts) {
    proxy.set(StoreProxy.Mode.SLOW);
    MemberProcess.pause(lasts.toMillis());
  }

  @Override
  public void back() {
    proxy.set(StoreProxy.Mode.OPEN);
  }

  @Override
  public StoreRows rows() {
    return StoreRows.ofPostgres(url(server.getPort()), "postgres", null);
  }

  @Override
  public void close() {
    proxy.close();
    try {
      server.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
