package io.mnemogrid.api.spaces;

import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Caffeine;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micronaut.http.HttpRequest;
import io.mnemogrid.api.http.Answers;
import io.mnemogrid.api.http.ProblemException;
import io.mnemogrid.api.limits.Answering;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.limits.Work;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.Reserved;
import io.mnemogrid.state.SpaceName;
import jakarta.inject.Singleton;
import java.time.Duration;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The canonical bytes of what was read lately, so that a popular path is written out once for each
 * version. An entry names its history (the leaf hash), so it is never taken for another one. The
 * next read after a new version takes its place; else it goes after {@link #TIME_TO_LIVE}, or when
 * the room is needed. So a new version costs nothing here, however much of its space was read.
 */
@Singleton
public final class ReadCache {
  private static final long MAX_BYTES = Math.min(64 << 20, Runtime.getRuntime().maxMemory() / 16);

  /**
   * A document with fewer bytes of paths and values than this fits an answer: braces and names do
   * not make it eight times as large.
   */
  private static final long SURELY_FITS_BYTES = Answers.MAX_ANSWER_BYTES / 8;

  private static final int ENTRY_BYTES = 200; // what an entry costs besides its bytes, roughly
  private static final Duration TIME_TO_LIVE = Duration.ofSeconds(60);

  /**
   * What is read. A newer version takes the place of an older one.
   *
   * @param visible whether it is the root without what is reserved
   */
  private record Key(SpaceName space, Pointer path, boolean visible) {}

  /** What was read, and of which history. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Read(Hash leafHash, byte[] bytes) {}

  private final Answering answering;
  private final Labour labour;
  private final Cache<Key, Read> cache;
  private final LongAdder hits = new LongAdder();
  private final LongAdder misses = new LongAdder();

  ReadCache(MeterRegistry metrics, Answering answering, Labour labour) {
    this.answering = answering;
    this.labour = labour;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(MAX_BYTES)
            .weigher(ReadCache::weight)
            .expireAfterWrite(TIME_TO_LIVE)
            .build();
    counter(metrics, "hit", hits::sum);
    counter(metrics, "miss", misses::sum);
    Gauge.builder("mnemogrid.read.cache.entries", cache, Cache::estimatedSize)
        .description("entries of the read cache")
        .register(metrics);
  }

  private void counter(MeterRegistry metrics, String result, LongSupplier count) {
    FunctionCounter.builder("mnemogrid.read.cache", this, _ -> count.getAsLong())
        .description("reads of documents, by whether the bytes were at hand")
        .tag("result", result)
        .register(metrics);
  }

  /** The canonical JSON of what stands at a path, if it is at hand; else null. Never waits. */
  byte @Nullable [] known(Snapshot snapshot, Pointer path, boolean whole) {
    return known(snapshot, key(snapshot, path, whole));
  }

  private byte @Nullable [] known(Snapshot snapshot, Key key) {
    Read known = cache.getIfPresent(key);
    if (known == null || !known.leafHash.equals(snapshot.head().leafHash())) {
      return null;
    }
    hits.increment();
    return known.bytes;
  }

  /**
   * The canonical JSON of what stands at a path of the newest version, or null.
   *
   * @param whole whether the root is wanted with what is reserved in it
   */
  byte @Nullable [] read(HttpRequest<?> request, Snapshot snapshot, Pointer path, boolean whole) {
    byte[] known = known(snapshot, path, whole);
    if (known != null) {
      return answering.ready(request, known);
    }
    if (isSmall(snapshot, path)) {
      return read(snapshot, path, whole);
    }
    long size = labour.run(() -> refuseTooLarge(snapshot, path));
    try (Answering.Making making = answering.document(request, size)) {
      byte[] bytes = making.run(() -> read(snapshot, path, whole));
      return bytes == null ? null : making.made(bytes);
    }
  }

  /** As the other {@code read}, for a caller that already has a turn of {@link Work}. */
  byte @Nullable [] read(Snapshot snapshot, Pointer path, boolean whole) {
    Key key = key(snapshot, path, whole);
    byte[] known = known(snapshot, key);
    if (known != null) {
      return known;
    }
    refuseTooLarge(snapshot, path);
    Json value = snapshot.state().value(path);
    if (value == null) {
      return null;
    }
    if (key.visible && value instanceof Json.Obj document) {
      value = Reserved.without(document);
    }
    misses.increment();
    byte[] bytes = value.canonicalBytes();
    cache.put(key, new Read(snapshot.head().leafHash(), bytes));
    return bytes;
  }

  private static Key key(Snapshot snapshot, Pointer path, boolean whole) {
    boolean visible =
        !whole
            && path.equals(Pointer.ROOT)
            && snapshot.state().cell(Reserved.PLACE) != null; // else it is the same as the whole
    return new Key(snapshot.space(), path, visible);
  }

  /**
   * Refuses a value that is too large for an answer, before any of it is written. Returns its size,
   * or 0 when it surely fits.
   */
  static long refuseTooLarge(Snapshot snapshot, Pointer path) {
    if (snapshot.state().sizeBytes() < SURELY_FITS_BYTES) {
      return 0;
    }
    long bytes = snapshot.state().sizeBytes(path, Answers.MAX_ANSWER_BYTES);
    if (bytes > Answers.MAX_ANSWER_BYTES) {
      throw new ProblemException(
          Answers.tooLarge(
              "what stands at " + (path.equals(Pointer.ROOT) ? "the root" : path),
              "read parts of it with ?path=, or the whole space with ./mnemogrid export"));
    }
    return bytes;
  }

  /** Whether what stands at a path is so small that it is written at once. */
  static boolean isSmall(Snapshot snapshot, Pointer path) {
    return isAtMost(Answering.SMALL_BYTES, snapshot, path);
  }

  /** Whether what stands at a path surely has at most so many bytes; looks into no value. */
  static boolean isAtMost(int bytes, Snapshot snapshot, Pointer path) {
    return snapshot.state().isAtMost(path, bytes);
  }

  private static int weight(Key key, Read read) {
    return ENTRY_BYTES + key.path.toString().length() + read.bytes.length;
  }
}
