package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import io.mnemogrid.log.LogUnavailable;
import java.io.Serializable;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Carries a request to the member that answers it. */
final class MemberTask implements Callable<Serializable>, Serializable, HazelcastInstanceAware {
  private static final long serialVersionUID = 1;
  private final Serializable request;
  private transient @Nullable HazelcastInstance instance;

  MemberTask(Serializable request) {
    this.request = request;
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
    instance = hazelcastInstance;
  }

  @Override
  public Serializable call() {
    try {
      return answer();
    } catch (LogUnavailable e) {
      throw e.withoutCause(); // it may be of a class that no other member loads
    }
  }

  private Serializable answer() {
    if (request instanceof CommitRequest commit) {
      LocalMember starting = LocalMember.find(Objects.requireNonNull(instance));
      return commit.answer(starting == null ? null : starting.commits());
    }
    LocalMember local = LocalMember.of(Objects.requireNonNull(instance));
    return switch (request) {
      case LogRequest log -> log.answer(local.requireLog());
      default -> local.calls().apply(request);
    };
  }
}
