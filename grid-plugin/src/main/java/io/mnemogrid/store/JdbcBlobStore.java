package io.mnemogrid.store;

import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.sql.SQLException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Blobs by their digest, and the places of documents. */
final class JdbcBlobStore implements BlobStore {
  private static final int BLOBS_LOOKED_AT = 500;

  /**
   * At most this many blobs are dropped at once: each may be as large as a document, and one
   * transaction drops them.
   */
  private static final int BLOBS_DROPPED = 4;

  private final Connections connections;

  JdbcBlobStore(Connections connections) {
    this.connections = connections;
  }

  /** Writes a blob in the transaction of {@code session}, unless it stands already. */
  static int put(Session session, Hash digest, byte[] bytes) throws SQLException {
    return session.update(
        "INSERT INTO blob (digest, bytes) VALUES (?, ?) ON CONFLICT (digest) DO NOTHING",
        digest,
        bytes);
  }

  @Override
  public Optional<byte[]> find(ContentAddress address) {
    Optional<byte[]> bytes =
        connections.read(session ->
            session.first(
                "SELECT bytes FROM blob WHERE digest = ?", row -> row.getBytes(1), address));
    if (bytes.isPresent() && !ContentAddress.of(bytes.get()).equals(address)) {
      throw new IllegalStateException("the stored bytes of " + address + " have another hash");
    }
    return bytes;
  }

  @Override
  public Optional<DocumentPlace> document(ContentAddress address, SpaceName space) {
    return connections.read(session ->
        session.first(
            "SELECT version FROM document WHERE digest = ? AND space = ?",
            row -> new DocumentPlace(space, row.getLong(1)),
            address,
            space));
  }

  @Override
  public List<SpaceName> documentSpaces(
      ContentAddress address, String prefix, @Nullable SpaceName after, int limit) {
    // Every character of a name is greater than a blank and less than a tilde.
    String from = after == null ? prefix : after.text() + ' ';
    return connections.read(session ->
        session.list(
            "SELECT space FROM document WHERE digest = ? AND space >= ? AND space < ?"
                + " ORDER BY space LIMIT ?",
            row -> new SpaceName(row.getString(1)),
            address,
            from,
            prefix + '~',
            limit));
  }

  @Override
  public Optional<Hash> dropUnnamed(Hash after) {
    List<LookedAt> looked =
        connections.read(session ->
            session.list(
                """
                SELECT digest, EXISTS (SELECT 1 FROM checkpoint WHERE hash = digest)
                  OR EXISTS (SELECT 1 FROM checkpoint WHERE manifest_digest = digest) AS named
                FROM blob WHERE digest > ? ORDER BY digest LIMIT ?
                """,
                row -> new LookedAt(Session.hash(row, "digest"), row.getBoolean("named")),
                after,
                BLOBS_LOOKED_AT));
    List<Hash> unnamed =
        looked.stream()
            .filter(blob -> !blob.named)
            .limit(BLOBS_DROPPED)
            .map(LookedAt::digest)
            .toList();
    if (!unnamed.isEmpty()) {
      connections.write(session -> {
        int dropped = 0;
        for (Hash digest : unnamed) {
          dropped += session.update("DELETE FROM blob WHERE digest = ?", digest);
        }
        return dropped;
      });
    }
    if (unnamed.size() == BLOBS_DROPPED) {
      return Optional.of(unnamed.getLast());
    }
    return looked.isEmpty() ? Optional.empty() : Optional.of(looked.getLast().digest);
  }

  private record LookedAt(Hash digest, boolean named) {}
}
