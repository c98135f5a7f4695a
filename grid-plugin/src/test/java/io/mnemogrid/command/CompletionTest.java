package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts that shells complete with. */
class CompletionTest {
  @TempDir Path folder;

  private static String script(String shell) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(out, true, StandardCharsets.UTF_8),
            "completion",
            shell);
    assertThat(code).isZero();
    return out.toString(StandardCharsets.UTF_8);
  }

  /** What a shell prints that runs this, with the script in a file of that name. */
  private String shell(String program, String name, String words)
      throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve(name), script(name));
    Process process =
        new ProcessBuilder(program, "-c", words.replace("$script", script.toString()))
            .redirectErrorStream(true)
            .start();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    process.waitFor();
    return said;
  }

  @Test
  void bashCompletesCommandsOptionsAndValues() throws Exception {
    String complete =
        "source $script; _complete_mnemogrid >/dev/null 2>&1; "
            + "COMP_WORDS=(mnemogrid %s); COMP_CWORD=%d; _complete_mnemogrid;"
            + " echo \"${COMPREPLY[@]}\"";
    assertThat(shell("bash", "bash", complete.formatted("ver", 1))).contains("verify");
    assertThat(shell("bash", "bash", complete.formatted("verify --che", 2)))
        .contains("--checkpoint");
    assertThat(shell("bash", "bash", complete.formatted("completion f", 2))).contains("fish");
  }

  @Test
  void fishKnowsCommandsOptionsAndValues() {
    assertThat(script("fish").lines())
        .allMatch(line -> line.startsWith("complete -c mnemogrid") || line.startsWith("#"))
        .anyMatch(line -> line.contains(" -a verify -d 'check a proof"))
        .anyMatch(line ->
            line.startsWith(
                "complete -c mnemogrid -n '__fish_seen_subcommand_from verify' -l checkpoint -x"))
        .anyMatch(line -> line.contains("from verify' -l notary-file -r -F"))
        .anyMatch(line -> line.contains("from export' -s o -r -F"))
        .anyMatch(line -> line.contains("from completion' -a 'bash zsh fish'"));
  }

  @Test
  void fishCompletes() throws Exception {
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(Processes.isOnPath("fish")).as("fish is missing: apt-get install fish").isTrue();
    }
    assertThat(shell("fish", "fish", "source $script; complete -C 'mnemogrid ver'"))
        .contains("verify");
    assertThat(shell("fish", "fish", "source $script; complete -C 'mnemogrid verify --che'"))
        .contains("--checkpoint");
    assertThat(shell("fish", "fish", "source $script; complete -C 'mnemogrid completion f'"))
        .contains("fish");
  }
}
