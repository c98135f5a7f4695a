package io.mnemogrid.store;

import io.mnemogrid.checkpoint.SettingStore;
import java.util.Optional;

/** The settings of a grid, a row each. */
final class JdbcSettingStore implements SettingStore {
  private final Connections connections;

  JdbcSettingStore(Connections connections) {
    this.connections = connections;
  }

  @Override
  public Optional<String> find(String name) {
    return connections.read(session ->
        session.first("SELECT value FROM setting WHERE name = ?", row -> row.getString(1), name));
  }

  @Override
  public void put(String name, String value) {
    connections.write(session ->
        session.update(
            """
            INSERT INTO setting (name, value) VALUES (?, ?)
            ON CONFLICT (name) DO UPDATE SET value = excluded.value
            """,
            name,
            value));
  }
}
