package io.mnemogrid.grid;

import com.hazelcast.cluster.Cluster;
import com.hazelcast.core.HazelcastException;
import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.topic.ITopic;
import com.hazelcast.topic.Message;
import io.mnemogrid.log.Update;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Announces commits and other news to all members, at best effort: a topic loses messages, so
 * nothing rests on it but latency. One thread publishes; when it cannot keep up, news is dropped
 * and read from the log instead.
 */
final class Doorbell implements AutoCloseable {
  private static final int LARGEST_ANNOUNCEMENT = 512 << 10;

  private final ITopic<Serializable> topic;
  private final Cluster cluster;
  private final LocalMember local;
  private final BlockingQueue<Serializable> outbox = new LinkedBlockingQueue<>(1000);
  private final Thread publisher;

  /** Updates of one space as texts, oldest first; none means that the log has news. */
  private record Announcement(ArrayList<String> updates) implements Serializable {}

  Doorbell(HazelcastInstance instance, LocalMember local) {
    this.topic = instance.getTopic(GridNames.DOORBELL);
    this.cluster = instance.getCluster();
    this.local = local;
    topic.addMessageListener(this::rung);
    publisher = Thread.ofPlatform().name("mnemogrid-doorbell").daemon().start(this::publish);
  }

  /** Announces updates of one space; returns at once. */
  void announce(List<Update> updates) {
    if (alone()) {
      return;
    }
    int size = 0;
    ArrayList<String> texts = new ArrayList<>();
    for (Update update : updates) {
      size += update.sizeBytes();
      texts.add(update.text());
    }
    ring(new Announcement(size > LARGEST_ANNOUNCEMENT ? new ArrayList<>() : texts));
  }

  private boolean alone() {
    return cluster.getMembers().size() == 1;
  }

  /** Announces anything else; returns at once. */
  void ring(Serializable news) {
    outbox.offer(news);
  }

  private void publish() {
    try {
      while (true) {
        Serializable news = outbox.take();
        try {
          topic.publish(news);
        } catch (HazelcastException e) {
          continue; // the others compare their heads with the log
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt(); // closed
    }
  }

  private void rung(Message<Serializable> message) {
    boolean own = message.getPublishingMember().localMember();
    if (message.getMessageObject() instanceof Announcement announcement) {
      if (!own) {
        local.replicas().announced(announcement.updates.stream().map(Update::parse).toList());
      }
    } else {
      local.news().accept(message.getMessageObject());
    }
  }

  @Override
  public void close() {
    publisher.interrupt();
  }
}
