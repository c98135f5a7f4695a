package io.mnemogrid.store;

import io.mnemogrid.policy.ApiKey;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.KeyStore;
import io.mnemogrid.policy.Keyring;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Hash;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Keys, a row each, and their revision among the settings. */
final class JdbcKeyStore implements KeyStore {
  private static final String REVISION = "keys";

  private final Connections connections;

  JdbcKeyStore(Connections connections) {
    this.connections = connections;
  }

  @Override
  public Optional<Keyring> newerThan(long revision) {
    return connections.read(session -> {
      long newest = revision(session);
      return newest == revision ? Optional.empty() : Optional.of(keys(session, newest));
    });
  }

  @Override
  public Keyring all() {
    return connections.read(session -> keys(session, revision(session)));
  }

  private static long revision(Session session) throws SQLException {
    return session
        .first("SELECT value FROM setting WHERE name = ?", row -> row.getString(1), REVISION)
        .map(Long::parseLong)
        .orElse(0L);
  }

  /** The keys after that revision was read: when one changed in between, the next look sees it. */
  private static Keyring keys(Session session, long revision) throws SQLException {
    return Keyring.of(revision, session.list("SELECT * FROM api_key", JdbcKeyStore::read));
  }

  private static ApiKey read(ResultSet row) throws SQLException {
    byte @Nullable [] previous = row.getBytes("previous");
    Long lastUsed = number(row, "last_used");
    return new ApiKey(
        row.getString("id"),
        row.getString("name"),
        new Grant(
            Role.of(row.getString("role")),
            globs(row.getString("spaces")),
            globs(row.getString("authors"))),
        Session.hash(row, "secret"),
        previous == null ? null : Hash.of(previous),
        time(row, "previous_until"),
        Session.time(row, "created"),
        time(row, "expires"),
        time(row, "revoked"),
        lastUsed == null ? null : LocalDate.ofEpochDay(lastUsed));
  }

  private static @Nullable Long number(ResultSet row, String column) throws SQLException {
    long number = row.getLong(column);
    return row.wasNull() ? null : number;
  }

  private static @Nullable Instant time(ResultSet row, String column) throws SQLException {
    Long millis = number(row, column);
    return millis == null ? null : Instant.ofEpochMilli(millis);
  }

  private static List<Glob> globs(String text) {
    return Stream.of(text.split(",", -1)).map(Glob::new).toList();
  }

  private static String text(List<Glob> globs) {
    return globs.stream().map(Glob::text).collect(Collectors.joining(","));
  }

  private static @Nullable Long day(@Nullable LocalDate day) {
    return day == null ? null : day.toEpochDay();
  }

  @Override
  public void add(ApiKey key) {
    connections.write(session -> {
      long there =
          session.first("SELECT count(*) FROM api_key", row -> row.getLong(1)).orElseThrow();
      if (there >= ApiKey.MAX_KEYS) {
        throw new IllegalStateException(
            "a grid has at most "
                + ApiKey.MAX_KEYS
                + " keys, revoked ones included: rotate one instead of creating another");
      }
      session.update(
          """
          INSERT INTO api_key (id, name, role, spaces, authors, secret, previous, previous_until,
            created, expires, revoked, last_used)
          VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
          """,
          key.id(),
          key.name(),
          key.grant().role().text(),
          text(key.grant().spaces()),
          text(key.grant().authors()),
          key.secret(),
          key.previous(),
          key.previousUntil(),
          key.created(),
          key.expires(),
          key.revoked(),
          day(key.lastUsed()));
      return raise(session);
    });
  }

  @Override
  public boolean replace(ApiKey old, ApiKey key) {
    return connections.write(session -> {
      int changed =
          session.update(
              """
              UPDATE api_key SET secret = ?, previous = ?, previous_until = ?, revoked = ?
              WHERE id = ? AND secret = ? AND COALESCE(previous_until, 0) = ?
                AND COALESCE(revoked, 0) = ?
              """,
              key.secret(),
              key.previous(),
              key.previousUntil(),
              key.revoked(),
              old.id(),
              old.secret(),
              millis(old.previousUntil()),
              millis(old.revoked()));
      return changed == 1 && raise(session) == 1;
    });
  }

  private static long millis(@Nullable Instant time) {
    return time == null ? 0 : time.toEpochMilli();
  }

  private static int raise(Session session) throws SQLException {
    return session.update(
        """
        INSERT INTO setting (name, value) VALUES (?, '1')
        ON CONFLICT (name) DO UPDATE SET value = CAST(CAST(setting.value AS BIGINT) + 1 AS TEXT)
        """,
        REVISION);
  }

  @Override
  public void used(Map<String, LocalDate> days) {
    connections.write(session -> {
      int changed = 0;
      for (Map.Entry<String, LocalDate> day : days.entrySet()) {
        changed +=
            session.update(
                "UPDATE api_key SET last_used = ? WHERE id = ? AND COALESCE(last_used, 0) < ?",
                day.getValue().toEpochDay(),
                day.getKey(),
                day.getValue().toEpochDay());
      }
      return changed;
    });
  }
}
