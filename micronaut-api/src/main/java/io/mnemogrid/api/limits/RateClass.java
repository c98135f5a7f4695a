package io.mnemogrid.api.limits;

import io.mnemogrid.setting.Rate;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Callers that are granted the same.
 *
 * @param name in headers and metrics
 * @param policy the header {@code RateLimit-Policy} (draft-ietf-httpapi-ratelimit-headers-10);
 *     empty where nothing is limited
 */
record RateClass(String name, Rate rate, String policy) {
  /** What is counted. */
  enum Kind {
    REQUESTS(""),
    BYTES(";qu=\"content-bytes\""),
    WORK(";qu=\"work\"");

    private final String unit;

    /** A kind with the parameter {@code qu} of its policy, which is requests when left out. */
    Kind(String unit) {
      this.unit = unit;
    }

    /** The name in problems and metrics. */
    String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /** How much of it a rate grants in a second; 0 for no limit. */
    long of(Rate rate) {
      return switch (this) {
        case REQUESTS -> rate.requests();
        case BYTES -> rate.bytes();
        case WORK -> rate.work();
      };
    }
  }

  /** The class of that name. */
  static RateClass of(String name, Rate rate) {
    String policy =
        Stream.of(Kind.values())
            .filter(kind -> kind.of(rate) > 0)
            .map(kind -> policyName(name, kind) + ";q=" + kind.of(rate) + ";w=1" + kind.unit)
            .collect(Collectors.joining(", "));
    return new RateClass(name, rate, policy);
  }

  /** The name of the policy for one kind, in quotes. */
  String policyName(Kind kind) {
    return policyName(name, kind);
  }

  private static String policyName(String name, Kind kind) {
    return '"' + (kind == Kind.REQUESTS ? name : name + "-" + kind.text()) + '"';
  }
}
