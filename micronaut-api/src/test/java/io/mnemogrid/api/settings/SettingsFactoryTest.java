package io.mnemogrid.api.settings;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.context.ApplicationContext;
import io.micronaut.context.env.Environment;
import io.micronaut.context.env.PropertySource;
import io.micronaut.context.env.yaml.YamlPropertySourceLoader;
import io.mnemogrid.setting.InvalidSetting;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** How files of Micronaut become settings; no member starts. */
class SettingsFactoryTest {
  private static Values read(String yaml) throws IOException {
    Map<String, Object> file =
        new YamlPropertySourceLoader()
            .read("more.yml", new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8)));
    try (ApplicationContext context =
        ApplicationContext.builder()
            .deduceEnvironment(false)
            .propertySources(PropertySource.of("more", file))
            .build()) {
      Environment environment = context.getEnvironment().start();
      return new SettingsFactory().settings(environment);
    }
  }

  @Test
  void readsWhatYamlHas() throws IOException {
    Values settings =
        read(
            """
            mnemogrid:
              data: /var/lib/fleet
              gridHost: 10.0.0.5
              members: [ "a:1", "b:2" ]
              insecure-http: yes
              max-bytes: 1000
              checkpoint-every: 5
              checkpoint:
                budget-coin: 0.5
              http:
                hosts:
                  - one
                  - two:80
            """);
    assertThat(settings.value(Settings.DATA)).isEqualTo(Path.of("/var/lib/fleet"));
    assertThat(settings.value(Settings.GRID_HOST)).isEqualTo("10.0.0.5");
    assertThat(settings.find(Settings.MEMBERS)).contains(List.of("a:1", "b:2"));
    assertThat(settings.value(Settings.INSECURE_HTTP)).isTrue();
    assertThat(settings.value(Settings.MAX_BYTES)).isEqualTo(1000);
    assertThat(settings.value(Settings.CHECKPOINT_EVERY)).isEqualTo(Duration.ofSeconds(5));
    assertThat(settings.value(Settings.CHECKPOINT_BUDGET_COIN)).hasToString("500000000000000000");
    assertThat(settings.find(Settings.HTTP_HOSTS)).contains(List.of("one", "two:80"));
    assertThat(settings.value(Settings.MAX_LEAVES)).isEqualTo(1_000_000);
  }

  @Test
  void refusesAnUnknownNameOfAFile() {
    assertThatThrownBy(() -> read("mnemogrid:\n  chekpoint:\n    versions: 5\n"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("did you mean mnemogrid.checkpoint.versions?");
    assertThatThrownBy(() -> read("mnemogrid:\n  member: [ \"a:1\" ]\n"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("did you mean mnemogrid.members?");
    assertThatThrownBy(() -> read("mnemogrid:\n  gridProt: 1\n"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("did you mean mnemogrid.grid-port?");
  }

  @Test
  void leavesNamesOfOthersAlone() throws IOException {
    assertThat(read("micronaut:\n  what: ever\nmnemogridlike: 1\n").value(Settings.HTTP_PORT))
        .isEqualTo(8080);
  }
}
