package io.mnemogrid.tool;

import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Installation;
import io.mnemogrid.store.PostgresStore;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreRows;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which store a command works on, whether members run on it or not. */
final class StoreOptions {
  @Option(
      names = "--data",
      paramLabel = "DIR",
      description = "the data folder of a run (default ./data of the checkout)")
  private @Nullable Path data;

  @Option(
      names = "--store",
      paramLabel = "JDBC-URL",
      description =
          "or a PostgreSQL store, jdbc:postgresql://… (default MNEMOGRID_STORE, without --data)")
  private @Nullable String store;

  Path data() {
    return data == null ? Installation.here().data() : data;
  }

  /** The SQLite file, which is never made here. */
  Path file() {
    Path file = data().resolve("mnemogrid.db");
    if (Files.isDirectory(data()) && !Files.isExecutable(data())) {
      throw new CommandFailure(ExitCode.NOT_ALLOWED, "no right to look into " + data());
    }
    if (!Files.isRegularFile(file)) {
      throw new CommandFailure(
          ExitCode.NOTHING_THERE, "there is no store " + file + "; name its folder with --data");
    }
    return file;
  }

  boolean isPostgres() {
    return jdbc() != null;
  }

  /** What the command line names counts more than what the environment does. */
  private @Nullable String jdbc() {
    if (data != null && store != null) {
      throw new CommandFailure(
          ExitCode.USAGE, "--data and --store are two stores: name one of them");
    }
    String usual = System.getenv("MNEMOGRID_STORE");
    return data != null || store != null || usual == null || usual.isEmpty() ? store : usual;
  }

  Store open() {
    String url = jdbc();
    return url == null ? SqliteStore.open(file()) : postgres(url);
  }

  /** The store, made where it is missing. */
  Store openOrMake() {
    String url = jdbc();
    return url == null ? SqliteStore.open(data().resolve("mnemogrid.db")) : postgres(url);
  }

  /** The store as it stands: one that this user may not write is only read. */
  Store openToRead() {
    return isPostgres() ? open() : SqliteStore.openToRead(file());
  }

  private static Store postgres(String url) {
    return PostgresStore.open(
        url, System.getenv("MNEMOGRID_STORE_USER"), System.getenv("MNEMOGRID_STORE_PASSWORD"));
  }

  StoreRows rows() {
    String url = jdbc();
    return url == null
        ? StoreRows.ofSqlite(file())
        : StoreRows.ofPostgres(
            url, System.getenv("MNEMOGRID_STORE_USER"), System.getenv("MNEMOGRID_STORE_PASSWORD"));
  }
}
