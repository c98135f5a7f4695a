package io.mnemogrid.setting;

import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** What somebody set, and the defaults for the rest. Immutable; a look-up costs O(1). */
public final class Values {
  /** Nothing is set. */
  public static final Values NONE = new Values(Map.of());

  private final Map<String, Object> given;

  private Values(Map<String, Object> given) {
    this.given = given;
  }

  /**
   * Reads the settings of these sections. A blank text is as none.
   *
   * @param texts by name
   * @param environment gives the variables of what stands in no file, {@code System::getenv} say
   * @throws InvalidSetting when a name is that of no such setting, or a value is not taken
   */
  public static Values of(
      Set<Section> sections,
      Map<String, String> texts,
      Function<String, @Nullable String> environment) {
    Settings.refuseUnknown(sections, texts.keySet());
    Map<String, Object> given = new HashMap<>();
    for (Setting<?> setting : Settings.of(sections)) {
      String text =
          setting.isOnlyInEnvironment()
              ? environment.apply(setting.variable())
              : texts.get(setting.name());
      if (text != null && !text.isBlank()) {
        given.put(setting.name(), setting.parse(text));
      }
    }
    return new Values(given);
  }

  /** What somebody set, or the default; the setting has one. */
  public <T> T value(Setting<T> setting) {
    return find(setting).orElseGet(() -> Objects.requireNonNull(setting.usual(), setting.name()));
  }

  /** What somebody set. */
  @SuppressWarnings("unchecked") // the setting of that name made it
  public <T> Optional<T> find(Setting<T> setting) {
    return Optional.ofNullable((T) given.get(setting.name()));
  }

  /** Which settings somebody set. No value is shown: it may be a secret. */
  @Override
  public String toString() {
    return "Values" + given.keySet();
  }
}
