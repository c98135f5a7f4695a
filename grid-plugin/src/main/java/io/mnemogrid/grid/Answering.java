package io.mnemogrid.grid;

import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The parts of a member that answer what others ask, each under its type. A member that is starting
 * has none yet. Safe for all threads.
 */
public final class Answering {
  private final Map<Class<?>, Object> parts = new ConcurrentHashMap<>();

  /** From now on {@code part} answers what is asked of its type. */
  public <P> void add(Class<P> type, P part) {
    parts.put(type, part);
  }

  /** The part of that type, empty where this member has none, or not yet. */
  public <P> Optional<P> find(Class<P> type) {
    return Optional.ofNullable(parts.get(type)).map(type::cast);
  }

  /**
   * The part of that type.
   *
   * @throws IllegalStateException where this member has none, or not yet
   */
  public <P> P part(Class<P> type) {
    return find(type)
        .orElseThrow(() ->
            new IllegalStateException(
                "this member has no " + type.getSimpleName() + ", or is still starting"));
  }
}
