package io.mnemogrid.api.settings;

import io.micronaut.context.annotation.Factory;
import io.micronaut.context.env.Environment;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.PropertySource.PropertyConvention;
import io.micronaut.context.env.SystemPropertiesPropertySource;
import io.micronaut.core.naming.NameUtils;
import io.mnemogrid.setting.InvalidSetting;
import io.mnemogrid.setting.Section;
import io.mnemogrid.setting.Setting;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import jakarta.inject.Singleton;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Reads the settings of the table, wherever Micronaut has found them. */
@Factory
public final class SettingsFactory {
  private static final Logger LOG = LoggerFactory.getLogger(SettingsFactory.class);

  /**
   * The settings of the server and its member.
   *
   * @throws InvalidSetting when a name in a file is no setting, or a value makes no sense
   */
  @Singleton
  Values settings(Environment environment) {
    Settings.unknownVariables(System.getenv().keySet())
        .ifPresent(warning -> LOG.warn("{}", warning));
    Map<String, String> texts = new HashMap<>();
    environment.getPropertySources().stream()
        .filter(SettingsFactory::isWritten)
        .forEach(source -> source.forEach(name -> putName(texts, name)));
    for (Setting<?> setting : Settings.of(Section.OF_SERVER)) {
      if (!setting.isOnlyInEnvironment()) {
        environment
            .getProperty(setting.name(), Object.class)
            .ifPresent(value -> texts.put(setting.name(), text(value)));
      }
    }
    return Values.of(Section.OF_SERVER, texts, System::getenv);
  }

  /** Whether somebody wrote it for this server, as a file. */
  private static boolean isWritten(PropertySource source) {
    return source.getConvention() != PropertyConvention.ENVIRONMENT_VARIABLE
        && !source.getName().equals(SystemPropertiesPropertySource.NAME);
  }

  /** Puts the name of a setting, whose value is looked up later, over all sources. */
  private static void putName(Map<String, String> texts, String written) {
    String name = NameUtils.hyphenate(written, true).replaceFirst("\\[.*", ""); // of a list
    if (name.startsWith(Settings.PREFIX)) {
      texts.put(name, "");
    }
  }

  /** YAML has lists, and numbers. */
  private static String text(Object value) {
    return value instanceof Collection<?> items
        ? items.stream().map(String::valueOf).collect(Collectors.joining(","))
        : value.toString();
  }
}
