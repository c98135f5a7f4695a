package io.mnemogrid;

import java.util.List;
import java.util.Set;

/** What works on this member and what does not, for health checks and operators. */
public record GridHealth(List<Part> parts) {
  /** How well a part works. */
  public enum Status {
    /** It works. */
    UP,
    /** It does less than it should; commits and reads go on. */
    DEGRADED,
    /** It does not work. */
    DOWN
  }

  /**
   * One part.
   *
   * @param name {@code store}, {@code keys}, {@code spaces}, {@code committer}, {@code grid},
   *     {@code audit}, {@code trail}, {@code anchor}, {@code checkpoints}, {@code leader}
   * @param detail one line for people, without secrets
   */
  public record Part(String name, Status status, String detail) {}

  public GridHealth {
    parts = List.copyOf(parts);
  }

  /** Whether this member can take commits. */
  public boolean isReady() {
    return parts.stream()
        .noneMatch(part ->
            part.status() == Status.DOWN
                && Set.of("store", "grid", "committer").contains(part.name()));
  }
}
