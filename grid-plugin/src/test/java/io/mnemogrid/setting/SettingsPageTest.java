package io.mnemogrid.setting;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The page of settings is what the table makes of it. */
class SettingsPageTest {
  private static final Path PAGE = Path.of("../docs/settings.md");
  private static final String REWRITE =
      "mvn -pl grid-plugin test -Dtest=SettingsPageTest -Dmnemogrid.settings.write=true";

  private static final String HEAD =
      """
      # Settings

      <!-- Made of Settings.java; this command rewrites it: %s -->

      A setting has one name everywhere:
      - in the environment, `MNEMOGRID_CHECKPOINT_BUDGET_GAS`;
      - in a YAML file, `mnemogrid.checkpoint.budget-gas` (`MICRONAUT_CONFIG_FILES=more.yml` names the file);
      - in a Java program, `GridConfig.of(Map.of("mnemogrid.checkpoint.budget-gas", "0"), System::getenv)`, or by a method of `GridConfig`, which the tables name.

      The environment wins over a file. A blank value is as none. What has no name for files is read from the environment alone: what is secret, and what the launcher reads.

      A value that makes no sense ends the start with code 3 and a sentence, and so does a name in a file that is no setting. An unknown variable `MNEMOGRID_…` is a warning in the log.
      """
          .formatted(REWRITE);

  private static String page() {
    StringBuilder page = new StringBuilder(HEAD);
    for (Section section : EnumSet.allOf(Section.class)) {
      page.append("\n## ")
          .append(section.title())
          .append("\n| name | takes | default | |\n|---|---|---|---|\n");
      for (Setting<?> row : Settings.of(Set.of(section))) {
        page.append(line(row));
      }
    }
    return page.toString();
  }

  private static String line(Setting<?> row) {
    String name = row.isOnlyInEnvironment() ? "" : "`" + row.name() + "`<br>";
    String java = row.java().isEmpty() ? "" : "<br>`GridConfig." + row.java() + "`";
    return "| %s`%s`%s | %s | %s | %s |\n"
        .formatted(name, row.variable(), java, row.form().words(), row.otherwise(), row.meaning());
  }

  @Test
  void isWhatTheTableMakes() throws IOException {
    if (Boolean.getBoolean("mnemogrid.settings.write")) {
      Files.writeString(PAGE, page());
    }
    assertThat(PAGE).as("to rewrite it: " + REWRITE).hasContent(page());
  }
}
