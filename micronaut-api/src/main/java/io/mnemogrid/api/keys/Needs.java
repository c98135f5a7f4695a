package io.mnemogrid.api.keys;

import io.mnemogrid.policy.Right;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * The right that a call needs, on every call of this server; none for what anybody may ask. A call
 * without this annotation is left to operators. {@code AccessMatrixIT} has a row for each.
 */
@Retention(RetentionPolicy.RUNTIME)
@Target(ElementType.METHOD)
public @interface Needs {
  /** One right, or none. */
  Right[] value();
}
