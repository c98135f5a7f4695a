package io.mnemogrid.setting;

import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A setting: a row of {@link Settings}.
 *
 * @param section what it is about
 * @param name as files and {@code GridConfig.of} spell it: {@code mnemogrid.checkpoint.budget-gas}
 * @param form what it takes
 * @param isOnlyInEnvironment whether it stands in no file: what is secret, and what tools read
 * @param usual the value where nobody sets it; null when there is none, or none that is the same
 *     everywhere
 * @param otherwise what holds where nobody sets it, in words
 * @param java the method of {@code GridConfig} that sets it in a program; empty for none
 * @param meaning what it does, in Markdown
 */
public record Setting<T>(
    Section section,
    String name,
    Form<T> form,
    boolean isOnlyInEnvironment,
    @Nullable T usual,
    String otherwise,
    String java,
    String meaning) {
  /** Its name in the environment: {@code MNEMOGRID_CHECKPOINT_BUDGET_GAS}. */
  public String variable() {
    return name.replace('.', '_').replace('-', '_').toUpperCase(Locale.ROOT);
  }

  /**
   * The value that a text stands for.
   *
   * @throws InvalidSetting when it is none that this setting takes
   */
  public T parse(String text) {
    return form.read(text).orElseThrow(() -> refusal(text));
  }

  /**
   * Returns the value that it was given.
   *
   * @throws InvalidSetting when it is out of bounds
   */
  public T check(T value) {
    if (!form.allows().test(value)) {
      throw refusal(value);
    }
    return value;
  }

  private InvalidSetting refusal(Object value) {
    return new InvalidSetting(
        "%s is %s%s".formatted(called(), form.words(), form.isShown() ? ", got " + value : ""));
  }

  /** The names of this setting, for messages. */
  private String called() {
    return isOnlyInEnvironment ? variable() : name + " (" + variable() + ")";
  }
}
