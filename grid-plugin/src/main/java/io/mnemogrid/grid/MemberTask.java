package io.mnemogrid.grid;

import com.hazelcast.core.HazelcastInstance;
import com.hazelcast.core.HazelcastInstanceAware;
import io.mnemogrid.log.LogUnavailable;
import java.io.Serializable;
import java.util.Objects;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;

/** Carries a request to the member that answers it. */
final class MemberTask<A extends Serializable>
    implements Callable<A>, Serializable, HazelcastInstanceAware {
  private static final long serialVersionUID = 2;
  private final StoreRequest<A> request;
  private transient @Nullable HazelcastInstance instance;

  MemberTask(StoreRequest<A> request) {
    this.request = request;
  }

  @Override
  public void setHazelcastInstance(HazelcastInstance hazelcastInstance) {
    instance = hazelcastInstance;
  }

  @Override
  public A call() {
    LocalMember local = LocalMember.find(Objects.requireNonNull(instance));
    try {
      return request.answer(local == null ? new Answering() : local.answering());
    } catch (LogUnavailable e) {
      throw e.withoutCause(); // the cause may be of a class that the asking member does not load
    }
  }
}
