package io.mnemogrid.grid;

import java.io.Serializable;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * An optional value on its way between members, which {@link Optional} is not made for.
 *
 * @param value null where there is none
 */
public record OneOrNone<T extends Serializable>(@Nullable T value) implements Serializable {
  /** Wraps a value to send it. */
  public static <T extends Serializable> OneOrNone<T> of(Optional<T> value) {
    return new OneOrNone<>(value.orElse(null));
  }

  /** Unwraps the value where it arrived. */
  public Optional<T> toOptional() {
    return Optional.ofNullable(value);
  }
}
