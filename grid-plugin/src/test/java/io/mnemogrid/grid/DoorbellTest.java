package io.mnemogrid.grid;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.cluster.Member;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import com.hazelcast.topic.MessageListener;
import io.mnemogrid.commit.MemoryUpdateLog;
import io.mnemogrid.log.Scribe;
import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.lang.reflect.Proxy;
import java.time.Duration;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The doorbell's thread on topics in memory, of which the first message is held up. */
class DoorbellTest {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Duration SOON = Duration.ofSeconds(60);

  private final List<Object> published = new CopyOnWriteArrayList<>();
  private final CountDownLatch atFirst = new CountDownLatch(1);
  private final CountDownLatch goOn = new CountDownLatch(1);
  private final Replicas replicas = new Replicas(new MemoryUpdateLog());
  private final Scribe scribe = new Scribe(SPACE);

  @AfterEach
  void close() {
    goOn.countDown();
    replicas.close();
  }

  private static <T> T proxy(Class<T> type, java.lang.reflect.InvocationHandler handler) {
    return type.cast(Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
  }

  /** Another member and this one; nobody looks at them. */
  private static final class Two extends AbstractSet<Member> {
    @Override
    public Iterator<Member> iterator() {
      return Collections.emptyIterator();
    }

    @Override
    public int size() {
      return 2;
    }
  }

  private Doorbell doorbell() {
    ITopic<?> topic =
        proxy(
            ITopic.class,
            (_, method, arguments) ->
                switch (method.getName()) {
                  case "addMessageListener" -> UUID.randomUUID();
                  case "publish" -> {
                    atFirst.countDown();
                    goOn.await();
                    published.add(arguments[0]);
                    yield null;
                  }
                  default -> throw new UnsupportedOperationException(method.getName());
                });
    Cluster cluster = proxy(Cluster.class, (_, _, _) -> new Two());
    HazelcastInstance instance =
        proxy(
            HazelcastInstance.class,
            (_, method, _) ->
                switch (method.getName()) {
                  case "getTopic" -> topic;
                  case "getCluster" -> cluster;
                  default -> throw new UnsupportedOperationException(method.getName());
                });
    return new Doorbell(instance, new LocalMember(replicas, null, new Answering(), _ -> {}));
  }

  private void announce(Doorbell doorbell, Json value) {
    long version = scribe.head().version();
    doorbell.announce(List.of(scribe.set("u" + version, "/k" + version, value)));
  }

  @Test
  void soMuchWaitsAtMostAndGoesOutInOrder() throws InterruptedException {
    try (Doorbell doorbell = doorbell()) {
      announce(doorbell, Json.of(0));
      atFirst.await();
      for (int i = 1; i <= Doorbell.MOST + 200; i++) {
        announce(doorbell, Json.of(i));
      }
      doorbell.ring("news");
      assertThat(doorbell.waiting()).isEqualTo(Doorbell.MOST);
      goOn.countDown();
      await().atMost(SOON).until(() -> published.size() == 1 + Doorbell.MOST);
      assertThat(published)
          .extracting(message -> ((Announcement) message).last())
          .as("the first, those that waited, and none of the others")
          .isSorted()
          .startsWith(1L, 2L)
          .endsWith(1L + Doorbell.MOST);
      await().atMost(SOON).until(() -> doorbell.waitingBytes() == 0);

      doorbell.ring("later");
      await().atMost(SOON).until(() -> published.getLast().equals("later"));
    }
  }

  @Test
  void whatWaitsIsBoundedInBytes() throws InterruptedException {
    Json large = Json.of("x".repeat(100_000));
    try (Doorbell doorbell = doorbell()) {
      announce(doorbell, Json.of(0));
      atFirst.await();
      for (int i = 0; i < 400; i++) {
        announce(doorbell, large);
      }
      assertThat(doorbell.waitingBytes())
          .isBetween(Doorbell.MOST_BYTES - (1 << 20), Doorbell.MOST_BYTES);
      assertThat(doorbell.waiting()).isLessThan(400);
      goOn.countDown();
      await().atMost(SOON).until(() -> doorbell.waiting() == 0 && doorbell.waitingBytes() == 0);
    }
  }

  /** A topic that refuses its first listeners as an unstable cluster does, after it took them. */
  private static ITopic<String> unstable(int refusals, List<MessageListener<String>> listeners) {
    return proxy(
        ITopic.class,
        (_, method, arguments) -> {
          if (!method.getName().equals("addMessageListener")) {
            return "a topic";
          }
          @SuppressWarnings("unchecked")
          MessageListener<String> listener = (MessageListener<String>) arguments[0];
          listeners.add(listener);
          if (listeners.size() <= refusals) {
            throw new HazelcastException("Cluster topology was not stable for 100 retries");
          }
          return UUID.randomUUID();
        });
  }

  @Test
  void listensAgainWhenTheClusterChangesMeanwhile() {
    List<MessageListener<String>> listeners = new CopyOnWriteArrayList<>();
    List<String> heard = new CopyOnWriteArrayList<>();

    Doorbell.listen(unstable(2, listeners), message -> heard.add(message.getMessageObject()), SOON);
    listeners.forEach(listener -> listener.onMessage(new Message<>("a topic", "news", 0, null)));

    assertThat(listeners).hasSize(3);
    assertThat(heard).containsExactly("news");
  }

  @Test
  void givesUpWhenTheClusterDoesNotComeToRest() {
    List<MessageListener<String>> listeners = new CopyOnWriteArrayList<>();

    assertThatThrownBy(() ->
            Doorbell.listen(
                unstable(Integer.MAX_VALUE, listeners), _ -> {}, Duration.ofMillis(300)))
        .isInstanceOf(HazelcastException.class)
        .hasMessageContaining("not stable");
    assertThat(listeners).hasSizeGreaterThan(1);
  }

  @Test
  void givesUpAtOnceWhenTheThreadIsInterrupted() {
    List<MessageListener<String>> listeners = new CopyOnWriteArrayList<>();
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(
              () -> Doorbell.listen(unstable(Integer.MAX_VALUE, listeners), _ -> {}, SOON))
          .isInstanceOf(HazelcastException.class);
    } finally {
      assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
    }
    assertThat(listeners).hasSize(1);
  }
}
