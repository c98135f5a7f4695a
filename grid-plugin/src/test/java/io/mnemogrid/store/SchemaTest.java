package io.mnemogrid.store;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.flywaydb.core.Flyway;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SchemaTest {
  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"sqlite", "postgresql"})
  void knowsTheNewestMigration(String database) throws Exception {
    try (Stream<Path> files = Files.list(Path.of("src/main/resources/db/migration", database))) {
      List<Integer> versions =
          files
              .map(file -> file.getFileName().toString())
              .map(name -> Integer.valueOf(name.substring(1, name.indexOf("__"))))
              .sorted(Comparator.reverseOrder())
              .toList();
      String newest = database.equals("sqlite") ? Schema.SQLITE : Schema.POSTGRES;
      assertThat(newest).isEqualTo(String.valueOf(versions.getFirst()));
    }
  }

  @Test
  void isCurrentOnceAllMigrationsWereApplied() throws Exception {
    Path file = folder.resolve("store.db");
    String url = "jdbc:sqlite:" + file;
    try (Connection connection = DriverManager.getConnection(url)) {
      assertThat(Schema.isCurrent(connection, Schema.SQLITE)).as("an empty file").isFalse();
      Flyway.configure()
          .dataSource(url, "", "")
          .locations("classpath:db/migration/sqlite")
          .target("1")
          .load()
          .migrate();
      assertThat(Schema.isCurrent(connection, Schema.SQLITE)).as("the first schema").isFalse();
      SqliteStore.open(file).close();
      assertThat(Schema.isCurrent(connection, Schema.SQLITE)).as("opened").isTrue();
    }
  }
}
