package io.mnemogrid.grid;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceNotActiveException;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import com.hazelcast.topic.MessageListener;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import java.io.Serializable;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Announces commits and other news to all members, at best effort. A topic may lose messages; a
 * commit that is not announced costs time and nothing else, because members compare their heads
 * with the log. One thread publishes, in the order in which it is given. At most {@link #MOST}
 * pieces of news wait for it, and {@link #MOST_BYTES} of updates; what comes beyond is dropped, and
 * the receivers read the log instead.
 */
final class Doorbell implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Doorbell.class);
  static final int MOST = 1000;
  static final long MOST_BYTES = 32 << 20;

  /** How long the cluster may take to come to rest before a listener is registered. */
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final Duration PAUSE = Duration.ofMillis(200);

  private final ITopic<Announcement> commits;
  private final ITopic<Serializable> news;
  private final Cluster cluster;
  private final LocalMember local;
  private final BlockingQueue<Runnable> outbox = new LinkedBlockingQueue<>(MOST);
  private final AtomicLong waitingBytes = new AtomicLong(); // of updates in the outbox
  private final Thread publisher;

  Doorbell(HazelcastInstance instance, LocalMember local) {
    this.commits = instance.getTopic(GridNames.COMMITTED);
    this.news = instance.getTopic(GridNames.NEWS);
    this.cluster = instance.getCluster();
    this.local = local;
    listen(commits, this::committed, PATIENCE);
    listen(news, message -> local.news().accept(message.getMessageObject()), PATIENCE);
    publisher = Thread.ofPlatform().name("mnemogrid-doorbell").daemon().start(this::publish);
  }

  /**
   * Registers a listener on all members, again while the cluster changes underneath: Hazelcast
   * gives up at once when members come and go meanwhile, as they do while some start together or
   * two parts merge. An attempt that failed may have left its registration behind here, so its
   * listener hears no more.
   *
   * @throws HazelcastException when the cluster does not come to rest within {@code patience}, or
   *     this thread is interrupted meanwhile
   */
  static <M> void listen(ITopic<M> topic, MessageListener<M> listener, Duration patience) {
    long deadline = System.nanoTime() + patience.toNanos();
    while (true) {
      AtomicBoolean hears = new AtomicBoolean(true);
      try {
        topic.addMessageListener(message -> {
          if (hears.get()) {
            listener.onMessage(message);
          }
        });
        return;
      } catch (HazelcastException e) {
        hears.set(false);
        if (System.nanoTime() - deadline > 0 || Thread.currentThread().isInterrupted()) {
          throw e;
        }
        LOG.info("members come and go; listening to {} again: {}", topic.getName(), e.getMessage());
        LockSupport.parkNanos(PAUSE.toNanos());
      }
    }
  }

  /** Announces updates of one space; returns at once. */
  void announce(List<Update> updates) {
    if (cluster.getMembers().size() == 1) {
      return;
    }
    long size = updates.stream().mapToLong(Update::sizeBytes).sum();
    if (size > Announcement.LARGEST) {
      Announcement news = new Announcement(updates); // which holds none of them
      outbox.offer(() -> commits.publish(news));
      return;
    }
    Runnable publish =
        () -> {
          waitingBytes.addAndGet(-size);
          commits.publish(new Announcement(updates));
        };
    if (waitingBytes.addAndGet(size) > MOST_BYTES || !outbox.offer(publish)) {
      waitingBytes.addAndGet(-size);
    }
  }

  /** Announces anything else; returns at once. */
  void ring(Serializable message) {
    outbox.offer(() -> news.publish(message));
  }

  /** How much news waits. */
  int waiting() {
    return outbox.size();
  }

  /** How many bytes of updates wait. */
  long waitingBytes() {
    return waitingBytes.get();
  }

  private void publish() {
    while (true) {
      try {
        outbox.take().run();
      } catch (InterruptedException e) {
        return; // closed
      } catch (HazelcastException | HazelcastInstanceNotActiveException e) {
        LOG.debug("news not published; the others compare their heads with the log", e);
      } catch (Throwable e) {
        LOG.error("news not published; the others compare their heads with the log", e);
      }
    }
  }

  private void committed(Message<Announcement> message) {
    if (message.getPublishingMember().localMember()) {
      return; // before it is even read
    }
    Announcement announcement = message.getMessageObject();
    Snapshot here = local.replicas().peek(announcement.space());
    if (here == null || here.version() < announcement.last()) {
      local.replicas().announced(announcement.updates());
    }
  }

  @Override
  public void close() {
    publisher.interrupt();
  }
}
