package io.mnemogrid.member;

import java.io.Serializable;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Which part of this member hears which news of others. Safe for all threads. */
final class Subscriptions implements Consumer<Serializable> {
  private static final Logger LOG = LoggerFactory.getLogger(Subscriptions.class);

  private final Map<Class<?>, Consumer<Serializable>> hearers = new ConcurrentHashMap<>();

  /** From now on {@code hears} is given all news of this kind; it must return quickly. */
  <N extends News> void hear(Class<N> kind, Consumer<N> hears) {
    if (hearers.putIfAbsent(kind, news -> hears.accept(kind.cast(news))) != null) {
      throw new IllegalStateException("two parts hear " + kind.getSimpleName());
    }
  }

  @Override
  public void accept(Serializable news) {
    Consumer<Serializable> hearer = hearers.get(news.getClass());
    if (hearer == null) {
      LOG.debug("news that this member does not hear: {}", news.getClass());
    } else {
      hearer.accept(news);
    }
  }
}
