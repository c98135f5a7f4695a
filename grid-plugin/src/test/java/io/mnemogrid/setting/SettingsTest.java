package io.mnemogrid.setting;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridConfig;
import java.lang.reflect.Method;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SettingsTest {
  private static final List<Setting<?>> ALL = Settings.of(EnumSet.allOf(Section.class));

  private static Values server(String name, String text) {
    return Values.of(Section.OF_SERVER, Map.of(name, text), _ -> null);
  }

  private static Values environment(String variable, String text) {
    return Values.of(Section.OF_SERVER, Map.of(), Map.of(variable, text)::get);
  }

  @Test
  void everyNameIsThereOnceInFilesAndInTheEnvironment() {
    assertThat(ALL).hasSizeGreaterThan(35);
    assertThat(ALL.stream().map(Setting::name)).doesNotHaveDuplicates();
    assertThat(ALL.stream().map(Setting::variable)).doesNotHaveDuplicates();
    assertThat(ALL).allMatch(row -> row.name().matches("mnemogrid(\\.[a-z]+(-[a-z]+)*)+"));
    assertThat(Settings.CHECKPOINT_BUDGET_GAS.variable())
        .isEqualTo("MNEMOGRID_CHECKPOINT_BUDGET_GAS");
  }

  @Test
  void everyMethodThatARowNamesIsThere() {
    Set<String> methods =
        Arrays.stream(GridConfig.class.getMethods())
            .map(Method::getName)
            .collect(Collectors.toSet());
    for (Setting<?> row : ALL) {
      if (Section.OF_MEMBER.contains(row.section())) {
        assertThat(methods).as(row.name()).contains(row.java());
      } else {
        assertThat(row.java()).as(row.name()).isEmpty();
      }
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          data                     | a\0b           | a folder
          store                    | jdbc:mysql://x | jdbc:postgresql://host/database
          grid-port                | 0              | from 1 to 65535, got 0
          grid-port                | 65536          | from 1 to 65535, got 65536
          grid-port                | five           | from 1 to 65535, got five
          anchor                   | paper          | notary or not set, got paper
          chain-url                | node:8545      | http://… or https://…
          contract                 | 0x12           | 0x and 40 hex digits, in quotes in YAML, got 0x12
          final-after              | -1             | from 0, got -1
          checkpoint-every         | -1             | from 0 to 365d
          checkpoint-every         | 366d           | from 0 to 365d
          checkpoint-every         | soon           | from 0 to 365d
          http.tls-versions        | 1.1            | 1.3 or 1.2,1.3, got 1.1
          http.tls-versions        | 1.2            | 1.3 or 1.2,1.3, got 1.2
          http.tls-key             | a\0b           | a file
          rate.writer              | 100,100        | in a second, three whole numbers from 0 to 1000000000
          rate.writer              | 100,-1,100     | with commas between; 0 for no limit, got 100,-1,100
          rate.address             | 1,2,1000000001 | from 0 to 1000000000
          rate.address             | fast           | three whole numbers
          checkpoint.versions      | 0              | from 1, got 0
          checkpoint.max-fee-gwei  | 0              | above 0 with at most 9 decimals, got 0
          checkpoint.max-fee-gwei  | 0.0000000001   | above 0 with at most 9 decimals
          checkpoint.budget-gas    | -1             | from 0, got -1
          checkpoint.budget-coin   | -1             | from 0 with at most 18 decimals, got -1
          checkpoint.budget-coin   | 1e60           | from 0 with at most 18 decimals, got 1e60
          checkpoint.replace-after | 999ms          | from 1s to 365d
          checkpoint.authors       | me             | 0x and 40 hex digits each
          max-spaces               | 0              | from 1, got 0
          max-leaves               | 0              | from 1, got 0
          max-bytes                | 0              | from 1, got 0
          max-grid-bytes           | -1             | from 0, got -1
          commit-timeout           | 0              | from 1ms to 365d
          http-port                | -2             | from -1 to 65535, got -2
          http-port                | 65536          | from -1 to 65535, got 65536
          insecure-http            | maybe          | yes or no, got maybe
          http.max-connections     | 0              | from 1, got 0
          http.max-unfinished      | 0              | from 1, got 0
          http.max-receiving-bytes | 0              | from 1, got 0
          http.header-timeout      | 0              | from 1ms to 365d
          http.request-timeout     | 0              | from 1ms to 365d
          """)
  void saysWhichSettingMakesNoSense(String name, String text, String words) {
    String full = Settings.PREFIX + name;
    String variable =
        "MNEMOGRID_" + name.toUpperCase(Locale.ROOT).replace('.', '_').replace('-', '_');
    assertThatThrownBy(() -> server(full, text))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageStartingWith(full + " (" + variable + ") is ")
        .hasMessageContaining(words)
        .hasMessageNotContaining("\n");
  }

  @ParameterizedTest
  @ValueSource(strings = {"MNEMOGRID_GRID_SECRET", "MNEMOGRID_CHAIN_KEY"})
  void namesASecretThatMakesNoSenseAndDoesNotShowIt(String variable) {
    assertThatThrownBy(() -> environment(variable, "hush"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageStartingWith(variable + " is ")
        .hasMessageContaining("hex digits")
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource({"store,jdbc:mysql://grid:hush@one/grid", "chain-url,ftp://hush@one"})
  void doesNotShowWhatMayHoldASecret(String name, String text) {
    assertThatThrownBy(() -> server(Settings.PREFIX + name, text))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageNotContaining("hush");
  }

  @ParameterizedTest
  @CsvSource({
    "30,30000",
    "30s,30000",
    "500ms,500",
    "2m,120000",
    "1h,3600000",
    "1d,86400000",
    "PT1M30S,90000",
  })
  void readsTimes(String text, long millis) {
    assertThat(server("mnemogrid.http.request-timeout", text).value(Settings.HTTP_REQUEST_TIMEOUT))
        .isEqualTo(Duration.ofMillis(millis));
  }

  @Test
  void readsListsAndWhatYamlMakesOfYes() {
    assertThat(server("mnemogrid.members", " a:1, b:2,").find(Settings.MEMBERS))
        .contains(List.of("a:1", "b:2"));
    assertThat(server("mnemogrid.insecure-http", "true").value(Settings.INSECURE_HTTP)).isTrue();
    assertThat(server("mnemogrid.insecure-http", "false").value(Settings.INSECURE_HTTP)).isFalse();
  }

  @Test
  void whatIsBlankIsNotSet() {
    assertThat(server("mnemogrid.name", " ").find(Settings.NAME)).isEmpty();
    assertThat(server("mnemogrid.http-port", "").value(Settings.HTTP_PORT)).isEqualTo(8080);
    assertThat(environment("MNEMOGRID_GRID_SECRET", "").find(Settings.GRID_SECRET)).isEmpty();
  }

  @Test
  void showsNoValue() {
    Values secret = environment("MNEMOGRID_STORE_PASSWORD", "hush");
    assertThat(secret.find(Settings.STORE_PASSWORD)).contains("hush");
    assertThat(secret.toString()).contains("mnemogrid.store-password").doesNotContain("hush");
  }

  @ParameterizedTest
  @CsvSource({
    "mnemogrid.chekpoint.versions, mnemogrid.checkpoint.versions",
    "mnemogrid.checkpoint.every, mnemogrid.checkpoint-every",
    "mnemogrid.gridport, mnemogrid.grid-port",
    "mnemogrid.http.max-conections, mnemogrid.http.max-connections",
    "mnemogrid.grid-secre, mnemogrid.grid-secret", // and that stands in no file, as is said next
  })
  void refusesAnUnknownNameWithTheNearestKnownOne(String wrong, String meant) {
    assertThatThrownBy(() -> server(wrong, "1"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessage(
            wrong + " is no setting: did you mean " + meant + "? docs/settings.md lists all");
  }

  @Test
  void refusesWhatStandsInNoFile() {
    assertThatThrownBy(() -> server("mnemogrid.store-password", "hush"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessage(
            "mnemogrid.store-password is read from the environment alone: set"
                + " MNEMOGRID_STORE_PASSWORD there");
  }

  @Test
  void warnsOfUnknownVariablesInOneSentence() {
    assertThat(
            Settings.unknownVariables(
                List.of("PATH", "MNEMOGRID_NAMES", "MNEMOGRID_CHEKPOINT_EVERY", "MNEMOGRID_NAME")))
        .contains(
            "not looked at, for no setting has that name: MNEMOGRID_CHEKPOINT_EVERY (did you mean"
                + " MNEMOGRID_CHECKPOINT_EVERY?), MNEMOGRID_NAMES (did you mean MNEMOGRID_NAME?);"
                + " docs/settings.md lists all");
  }

  @Test
  void warnsOfNoVariableThatAnyProgramOfOursReads() {
    assertThat(Settings.unknownVariables(ALL.stream().map(Setting::variable).toList()))
        .isEqualTo(Optional.empty());
    assertThat(ALL.stream().map(Setting::variable))
        .contains("MNEMOGRID_HEAP", "MNEMOGRID_IN_BUILD", "MNEMOGRID_CHAOS_ISOLATED");
  }
}
