package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.map.IMap;
import com.hazelcast.partition.Partition;
import com.hazelcast.partition.PartitionService;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.log.Update;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The map's thread on a map in memory that fails, or never answers. */
class HeadMapTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration SOON = Duration.ofSeconds(60);

  private final AtomicInteger merges = new AtomicInteger();
  private final AtomicInteger reads = new AtomicInteger();
  private final Replicas replicas = new Replicas(new MemoryUpdateLog());

  @AfterEach
  void close() {
    replicas.close();
  }

  /** What a merge gets. */
  private interface Answers {
    CompletableFuture<Long> answer(int merge);
  }

  private HeadMap map(Answers answers) {
    IMap<?, ?> map =
        fake(
            IMap.class,
            Map.of(
                "submitToKey", () -> answers.answer(merges.incrementAndGet()),
                "getAsync",
                    () -> {
                      reads.incrementAndGet();
                      return new CompletableFuture<>(); // nobody answers
                    }));
    Member owner = fake(Member.class, Map.of("getUuid", () -> new UUID(1, 2)));
    Partition partition = fake(Partition.class, Map.of("getOwner", () -> owner));
    PartitionService partitions =
        fake(PartitionService.class, Map.of("getPartition", () -> partition));
    return new HeadMap(
        fake(
            HazelcastInstance.class,
            Map.of("getMap", () -> map, "getPartitionService", () -> partitions)),
        replicas,
        Runnable::run);
  }

  /** What answers these methods, whatever their arguments, and no others. */
  private static <T> T fake(Class<T> type, Map<String, Supplier<Object>> methods) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (_, method, _) -> {
              Supplier<Object> answer = methods.get(method.getName());
              if (answer == null) {
                throw new UnsupportedOperationException(method.getName());
              }
              return answer.get();
            }));
  }

  /** A stopped member owns its entries until the others notice, which takes ten seconds. */
  @Test
  void whoReadsAnEntryDoesNotWaitForAnOwnerThatDoesNotAnswer() {
    try (HeadMap heads = map(_ -> new CompletableFuture<>())) {
      long began = System.nanoTime();
      assertThat(heads.get(SPACE)).as("so the log is read").isNull();
      assertThat(heads.get(SpaceName.of("other"))).isNull();
      assertThat(reads).as("entries that were asked for").hasValue(1);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Silent.LAST);
    }
  }

  @Test
  void goesOnWhateverIsThrown() {
    Scribe scribe = new Scribe(SPACE);
    try (HeadMap heads =
        map(merge -> {
          if (merge == 1) {
            throw new NoClassDefFoundError("a class that is missing");
          }
          return CompletableFuture.completedFuture(Long.MAX_VALUE);
        })) {
      heads.committed(List.of(scribe.set("u1", "/x", Json.of(1))));
      await().atMost(SOON).until(() -> merges.get() == 1);
      heads.committed(List.of(scribe.set("u2", "/x", Json.of(2))));
      await().atMost(SOON).until(() -> merges.get() == 2);
      heads.committed(List.of(new Scribe(SpaceName.of("other")).set("u", "/x", Json.of(1))));
      await().atMost(SOON).until(() -> merges.get() == 3);
    }
  }

  @Test
  void whatWaitsIsBoundedInBytes() {
    Scribe scribe = new Scribe(SPACE);
    Json large = Json.of("x".repeat(250_000));
    CompletableFuture<Long> never = new CompletableFuture<>();
    try (HeadMap heads = map(_ -> never)) {
      Update first = scribe.set("u0", "/k0", large);
      heads.committed(List.of(first));
      await().atMost(SOON).until(() -> merges.get() == 1);
      for (int i = 1; i <= 40; i++) {
        heads.committed(List.of(scribe.set("u" + i, "/k" + i, large)));
      }
      assertThat(heads.queuedBytes())
          .isBetween(HeadMap.MOST_QUEUED_BYTES - first.sizeBytes(), HeadMap.MOST_QUEUED_BYTES);
      never.complete(0L);
      await().atMost(SOON).until(() -> heads.queuedBytes() == 0);
    }
  }
}
