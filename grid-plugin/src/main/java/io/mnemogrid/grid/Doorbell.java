package io.mnemogrid.grid;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.log.Update;
import java.io.Serializable;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Announces commits and other news to all members, at best effort: a topic loses messages, so
 * nothing rests on it but latency. One thread publishes; when it cannot keep up, news is dropped
 * and read from the log instead.
 */
final class Doorbell implements AutoCloseable {
  private final ITopic<Announcement> commits;
  private final ITopic<Serializable> news;
  private final Cluster cluster;
  private final LocalMember local;
  private final BlockingQueue<Runnable> outbox = new LinkedBlockingQueue<>(1000);
  private final Thread publisher;

  Doorbell(HazelcastInstance instance, LocalMember local) {
    this.commits = instance.getTopic(GridNames.COMMITTED);
    this.news = instance.getTopic(GridNames.NEWS);
    this.cluster = instance.getCluster();
    this.local = local;
    commits.addMessageListener(this::committed);
    news.addMessageListener(message -> local.news().accept(message.getMessageObject()));
    publisher = Thread.ofPlatform().name("mnemogrid-doorbell").daemon().start(this::publish);
  }

  /** Announces updates of one space; returns at once. */
  void announce(List<Update> updates) {
    if (cluster.getMembers().size() > 1) {
      outbox.offer(() -> commits.publish(new Announcement(updates)));
    }
  }

  /** Announces anything else; returns at once. */
  void ring(Serializable message) {
    outbox.offer(() -> news.publish(message));
  }

  private void publish() {
    try {
      while (true) {
        Runnable next = outbox.take();
        try {
          next.run();
        } catch (HazelcastException e) {
          continue; // the others compare their heads with the log
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void committed(Message<Announcement> message) {
    if (message.getPublishingMember().localMember()) {
      return; // before it is even read
    }
    Announcement announcement = message.getMessageObject();
    Snapshot here = local.replicas().get(announcement.space());
    if (here == null || here.version() < announcement.last()) {
      local.replicas().announced(announcement.updates());
    }
  }

  @Override
  public void close() {
    publisher.interrupt();
  }
}
