package io.mnemogrid.tool;

import io.mnemogrid.Mnemogrid;
import io.mnemogrid.audit.Progress;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import io.mnemogrid.log.UpdateLog;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.merge.Resolution;
import io.mnemogrid.signature.Signed;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Brings an exported space into a log. The file is read twice: all of it is verified before
 * anything is written, so a file that does not verify leaves no trace. Used once, by one thread.
 */
final class SpaceImport {
  /** A record, and the request of its author if that was signed. */
  private static final int MAX_LINE_BYTES = Resolution.MAX_RECORD_BYTES + Signed.MAX_BYTES;

  /** Records of one append at most. */
  private static final int BATCH = 1000;

  /** An append takes no further record once its records have this many bytes. */
  static final long BATCH_BYTES = 16L << 20;

  private static final Set<String> MEMBERS =
      Set.of("format", "log_root", "policy", "root", "space", "version");

  /** What became of an import. */
  sealed interface Result {
    /**
     * The space is at {@code version}; {@code written} records were written, the others were there.
     */
    record Done(SpaceName space, long version, long written) implements Result {}

    /** Nothing of the file, or nothing more of it, was written. */
    record Refused(long line, String why) implements Result {}
  }

  private record Header(SpaceName space, long version, Hash root, Hash logRoot, String policy) {}

  private final Path file;
  private final UpdateLog log;
  private final Quotas quotas;
  private final Progress progress;
  private long line;

  /**
   * An import of that file.
   *
   * @param quotas what the members let a space and the grid grow to; the memory of all documents
   *     together is not looked at, for nobody here has them
   */
  SpaceImport(Path file, UpdateLog log, Quotas quotas, Progress progress) {
    this.file = file;
    this.log = log;
    this.quotas = quotas;
    this.progress = progress;
  }

  /**
   * Verifies and imports. The space must be new, or hold the first versions of the same history: so
   * an import that was interrupted goes on. What no member would take is refused: a policy or a
   * record that is too large, a document over its quota, a space too many.
   *
   * @param as the name that is expected, or null; records name their space, so no other will do
   * @throws io.mnemogrid.log.LogUnavailable when the store fails; running it again goes on
   */
  Result run(@Nullable SpaceName as) throws IOException {
    Header header;
    Hash last;
    try (InputStream in = open()) {
      header = header(in);
      if (header.space.isReserved()) {
        return refused(
            "space %s is the product's own and belongs to its store: it is not"
                    .formatted(header.space)
                + " imported, and each grid has its own");
      }
      if (as != null && !as.equals(header.space)) {
        return refused(
            "it is space %s: every record names its space, so it cannot become %s"
                .formatted(header.space, as));
      }
      if (log.head(header.space).isEmpty() && log.spaces() >= quotas.maxSpaces()) {
        return refused(
            "the store has %d spaces, as many as MNEMOGRID_MAX_SPACES allows"
                .formatted(quotas.maxSpaces()));
      }
      last = verify(in, header);
    } catch (BrokenHistory | JsonException e) {
      return refused(String.valueOf(e.getMessage()));
    } catch (IllegalArgumentException e) {
      return refused(String.valueOf(e.getMessage()));
    }
    return write(header, last);
  }

  private Result refused(String why) {
    return new Result.Refused(line, why);
  }

  private InputStream open() throws IOException {
    line = 0;
    return new BufferedInputStream(Files.newInputStream(file), 1 << 16);
  }

  private Header header(InputStream in) throws IOException {
    byte[] bytes = next(in);
    if (bytes == null || !(Json.parse(bytes) instanceof Json.Obj object)) {
      throw new JsonException("", "the first line is the header, an object");
    }
    if (!Json.of(SpaceExport.FORMAT).equals(object.get("format"))) {
      throw new JsonException("/format", "is " + SpaceExport.FORMAT + " in an export");
    }
    if (!object.members().keySet().equals(MEMBERS)) {
      throw new JsonException("", "a header has " + MEMBERS);
    }
    if (object.get("policy") instanceof Json.Obj policy
        && object.get("version") instanceof Json.Num version
        && version.value() >= 0
        && version.value() == Math.rint(version.value())) {
      if (policy.sizeBytes() > Mnemogrid.MAX_POLICY_BYTES) {
        throw new JsonException("/policy", "a policy has at most 64 KiB of canonical JSON");
      }
      return new Header(
          new SpaceName(object.text("space")),
          (long) version.value(),
          Hash.parse(object.text("root")),
          Hash.parse(object.text("log_root")),
          policy.canonical());
    }
    throw new JsonException("", "a header has an object as policy and a whole number as version");
  }

  /** Replays the records and recomputes each root; returns the leaf hash of the last record. */
  private Hash verify(InputStream in, Header header) throws IOException {
    Snapshot at = Snapshot.ofNew(header.space);
    Instant committed = Instant.EPOCH;
    for (byte[] bytes = next(in); bytes != null; bytes = next(in)) {
      Update update = Update.parse(bytes);
      State before = at.state();
      at = at.plus(update); // space, dense, previous, changes, root
      checkQuotas(before, at.state());
      if (update.fields().committed().isBefore(committed)) {
        throw new IllegalArgumentException("it was committed before the record above it");
      }
      committed = update.fields().committed();
      if (at.version() % BATCH == 0) {
        progress.at("verifying " + header.space, at.version(), header.version);
      }
    }
    if (at.version() != header.version) {
      throw new IllegalArgumentException(
          "the file ends at version %d, its header says %d"
              .formatted(at.version(), header.version));
    }
    if (!at.head().root().equals(header.root) || !at.logRoot().equals(header.logRoot)) {
      throw new IllegalArgumentException(
          "the records lead to root %s and log root %s, the header says %s and %s"
              .formatted(at.head().root(), at.logRoot(), header.root, header.logRoot));
    }
    if (!SlowRoot.of(at.state().document()).equals(header.root)) {
      throw new IllegalArgumentException("the document does not have the root " + header.root);
    }
    return at.head().leafHash();
  }

  private void checkQuotas(State before, State after) {
    if (after.leaves() > quotas.maxLeaves() && after.leaves() > before.leaves()) {
      throw new IllegalArgumentException(
          "the document grows to %d leaves, MNEMOGRID_MAX_LEAVES allows %d"
              .formatted(after.leaves(), quotas.maxLeaves()));
    }
    if (after.sizeBytes() > quotas.maxBytes() && after.sizeBytes() > before.sizeBytes()) {
      throw new IllegalArgumentException(
          "the document grows to %d bytes, MNEMOGRID_MAX_BYTES allows %d"
              .formatted(after.sizeBytes(), quotas.maxBytes()));
    }
  }

  private Result write(Header header, Hash last) throws IOException {
    log.create(header.space, header.policy);
    LogHead head = log.head(header.space).orElseThrow();
    if (!header.policy.equals("{}")
        && !log.policy(header.space).orElse("{}").equals(header.policy)) {
      line = 1;
      return refused("the space is there with another policy");
    }
    long began = head.version();
    if (began > header.version) {
      Hash here = log.read(header.space, header.version - 1, 1).getFirst().leafHash();
      line = header.version + 1;
      return here.equals(last)
          ? new Result.Done(header.space, began, 0)
          : refused("the space is at version " + began + " of another history");
    }
    List<Update> batch = new ArrayList<>();
    long bytesOfBatch = 0;
    Hash written = Hash.ZERO;
    try (InputStream in = open()) {
      next(in);
      for (byte[] bytes = next(in); bytes != null; bytes = next(in)) {
        Update update = Update.parse(bytes);
        written = update.leafHash();
        if (update.version() <= began) {
          if (update.version() == began && !written.equals(head.leafHash())) {
            return refused("the space holds another record for version " + began);
          }
          continue;
        }
        batch.add(update);
        bytesOfBatch += bytes.length;
        boolean full = batch.size() == BATCH || bytesOfBatch + MAX_LINE_BYTES > BATCH_BYTES;
        if (full || update.version() == header.version) {
          UpdateLog.Appended appended =
              log.append(List.of(new UpdateLog.Batch(head, batch))).getFirst();
          if (!(appended instanceof UpdateLog.Appended.Committed)) {
            return refused("somebody else wrote to the space meanwhile: " + appended);
          }
          head = LogHead.after(update);
          batch.clear();
          bytesOfBatch = 0;
          progress.at("importing " + header.space, update.version(), header.version);
        }
      }
    }
    if (!written.equals(last)) {
      throw new IOException("the file changed while it was imported");
    }
    return new Result.Done(header.space, head.version(), head.version() - began);
  }

  /** The bytes of the next line, or null at the end; counts the lines. */
  private byte @Nullable [] next(InputStream in) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream(1024);
    int read = in.read();
    if (read < 0) {
      return null;
    }
    line++;
    while (read >= 0 && read != '\n') {
      if (bytes.size() == MAX_LINE_BYTES) {
        throw new IllegalArgumentException("a record has at most 7.5 MiB, as members write them");
      }
      bytes.write(read);
      read = in.read();
    }
    if (read < 0) {
      throw new IllegalArgumentException("the last line is cut off: it does not end");
    }
    return bytes.toByteArray();
  }
}
