package io.mnemogrid.api.door;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import jakarta.inject.Singleton;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Counts what the door turns away, before any right is asked for: requests, and connections that
 * are one too many, by the code of their answer. The usual codes are there from the start with 0,
 * so that an increase of each can be seen. Safe for all threads.
 */
@Singleton
public final class TurnedAway {
  private static final List<String> USUAL =
      List.of(
          "bad-request",
          "headers-too-large",
          "line-too-long",
          "method-not-allowed",
          "misdirected",
          "not-acceptable",
          "not-found",
          "origin",
          "request-timeout",
          "too-large",
          "too-many-connections",
          "too-many-unfinished",
          "too-much-unfinished",
          "unknown-method",
          "unsupported-encoding",
          "unsupported-media-type",
          "unsupported-version");

  private final MeterRegistry metrics;
  private final ConcurrentHashMap<String, Counter> byCode = new ConcurrentHashMap<>();

  TurnedAway(MeterRegistry metrics) {
    this.metrics = metrics;
    USUAL.forEach(this::counter);
  }

  private Counter counter(String code) {
    return byCode.computeIfAbsent(
        code,
        _ ->
            Counter.builder("mnemogrid.http.turned.away")
                .description("requests and connections that the door has turned away")
                .tag("code", code)
                .register(metrics));
  }

  /** Counts one, by the code of its problem, which is one of this server and no caller's text. */
  void count(String code) {
    counter(code).increment();
  }
}
