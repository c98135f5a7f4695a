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
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The canonical bytes of what was read lately, so that a popular path is written out once for each
 * version. A key names the history (the leaf hash), so an entry is never wrong, only old. Nobody
 * asks for an old one again; it goes after {@link #TIME_TO_LIVE}, or when the room is needed. So a
 * new version costs nothing here, however much of its space was read.
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
   * A read.
   *
   * @param visible whether it is the root without what is reserved
   */
  private record Key(SpaceName space, long version, Hash leafHash, Pointer path, boolean visible) {}

  private final Answering answering;
  private final Labour labour;
  private final Cache<Key, byte[]> cache;

  ReadCache(MeterRegistry metrics, Answering answering, Labour labour) {
    this.answering = answering;
    this.labour = labour;
    this.cache =
        Caffeine.newBuilder()
            .maximumWeight(MAX_BYTES)
            .weigher(ReadCache::weight)
            .expireAfterWrite(TIME_TO_LIVE)
            .recordStats()
            .build();
    counter(metrics, "hit", () -> cache.stats().hitCount());
    counter(metrics, "miss", () -> cache.stats().missCount());
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
    return cache.getIfPresent(key(snapshot, path, whole));
  }

  /**
   * The canonical JSON of what stands at a path of the newest version, or null.
   *
   * @param whole whether the root is wanted with what is reserved in it
   */
  byte @Nullable [] read(HttpRequest<?> request, Snapshot snapshot, Pointer path, boolean whole) {
    byte[] known = cache.getIfPresent(key(snapshot, path, whole));
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
    byte[] known = cache.getIfPresent(key);
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
    byte[] bytes = value.canonicalBytes();
    cache.put(key, bytes);
    return bytes;
  }

  private static Key key(Snapshot snapshot, Pointer path, boolean whole) {
    boolean visible =
        !whole
            && path.equals(Pointer.ROOT)
            && snapshot.state().cell(Reserved.PLACE) != null; // else it is the same as the whole
    return new Key(snapshot.space(), snapshot.version(), snapshot.head().leafHash(), path, visible);
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

  /** Whether what stands at a path has at most so many bytes of paths and values. */
  static boolean isAtMost(int bytes, Snapshot snapshot, Pointer path) {
    return snapshot.state().sizeBytes(path, bytes) <= bytes;
  }
}
