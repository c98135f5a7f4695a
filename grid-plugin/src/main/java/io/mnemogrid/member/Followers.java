package io.mnemogrid.member;

import io.mnemogrid.replica.Replicas;
import io.mnemogrid.state.SpaceName;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * All followers of this member, and the one thread that rings their bells. Whoever publishes a
 * version, the committer among others, only notes that its space has news; a space waits at most
 * once, so there wait as many as there are spaces with followers. Safe for all threads.
 */
final class Followers {
  private static final Logger LOG = LoggerFactory.getLogger(Followers.class);

  private final Replicas replicas;
  private final Map<SpaceName, Set<EmbeddedFollower>> bySpace = new ConcurrentHashMap<>();
  private final Set<SpaceName> noted = ConcurrentHashMap.newKeySet();
  private final BlockingQueue<SpaceName> news = new LinkedBlockingQueue<>();
  private final Thread thread =
      Thread.ofPlatform().name("mnemogrid-followers").daemon().unstarted(this::run);
  private volatile boolean isOpen = true;

  Followers(Replicas replicas) {
    this.replicas = replicas;
    replicas.listen(head -> news(head.space()));
    replicas.listenForTheGone(this::news);
  }

  Lifecycle.Part part() {
    return new Lifecycle.Part("the followers").starts(thread::start).closes(this::close);
  }

  /** Of the thread that publishes. */
  private void news(SpaceName space) {
    if (bySpace.containsKey(space) && noted.add(space)) {
      news.add(space);
    }
  }

  /** From now on its bell is rung. */
  EmbeddedFollower add(EmbeddedFollower follower) {
    bySpace.compute(
        follower.space(),
        (space, before) -> {
          if (before == null) {
            replicas.keep(space);
          }
          Set<EmbeddedFollower> all = before == null ? ConcurrentHashMap.newKeySet() : before;
          all.add(follower);
          return all;
        });
    if (!isOpen) {
      follower.close();
    }
    return follower;
  }

  void remove(EmbeddedFollower follower) {
    bySpace.computeIfPresent(
        follower.space(),
        (space, all) -> {
          all.remove(follower);
          if (!all.isEmpty()) {
            return all;
          }
          replicas.release(space);
          return null;
        });
  }

  /** How many there are. */
  int count() {
    return bySpace.values().stream().mapToInt(Collection::size).sum();
  }

  private void run() {
    while (isOpen) {
      try {
        SpaceName space = news.take();
        noted.remove(space); // what is published from here on is noted again
        replicas.published(space); // else they would find the version before, and wait on
        for (EmbeddedFollower follower : bySpace.getOrDefault(space, Set.of())) {
          ring(follower);
        }
      } catch (InterruptedException e) {
        LOG.debug("interrupted; it rings on unless this member closes", e);
      }
    }
  }

  private static void ring(EmbeddedFollower follower) {
    try {
      follower.ring();
    } catch (Throwable e) { // the code of others
      LOG.error("the bell of a follower of space {} failed", follower.space(), e);
    }
  }

  private void close() {
    isOpen = false;
    thread.interrupt();
    bySpace.values().forEach(all -> all.forEach(EmbeddedFollower::close));
  }
}
