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

  /** What a shell prints that runs this, with the script for it in the file {@code $script}. */
  private String shell(String shell, String words) throws IOException, InterruptedException {
    Path script = Files.writeString(folder.resolve(shell), script(shell));
    Process process =
        new ProcessBuilder(
                "timeout", "60", shell, "-c", words.replace("$script", script.toString()))
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
    assertThat(shell("bash", complete.formatted("ver", 1))).contains("verify");
    assertThat(shell("bash", complete.formatted("verify --che", 2))).contains("--checkpoint");
    assertThat(shell("bash", complete.formatted("completion f", 2))).contains("fish");
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

  /** Skips the test where a shell is missing; in CI that is a failure. */
  private static void assumeThere(String shell) {
    if (!"true".equals(System.getenv("CI"))) {
      assumeThat(Processes.isOnPath(shell))
          .as(shell + " is missing: apt-get install " + shell)
          .isTrue();
    }
  }

  @Test
  void fishCompletes() throws Exception {
    assumeThere("fish");
    assertThat(shell("fish", "source $script; complete -C 'mnemogrid ver'")).contains("verify");
    assertThat(shell("fish", "source $script; complete -C 'mnemogrid verify --che'"))
        .contains("--checkpoint");
    assertThat(shell("fish", "source $script; complete -C 'mnemogrid completion f'"))
        .contains("fish");
  }

  /** In a terminal of its own, since zsh completes nowhere else. */
  @Test
  void zshCompletes() throws Exception {
    assumeThere("zsh");
    String complete =
        """
        zmodload zsh/zpty
        zpty terminal TERM=dumb zsh -f -i
        zpty -w terminal 'autoload -Uz compinit; compinit -u -D; source $script; print sour""ced'
        zpty -r -m terminal said '*sourced*'
        zpty -w -n terminal $'mnemogrid %s\t'
        zpty -r -m terminal said '*%s*'
        print -r -- "$said"
        """;
    assertThat(shell("zsh", complete.formatted("ver", "verify"))).contains("mnemogrid verify");
    assertThat(shell("zsh", complete.formatted("verify --che", "checkpoint")))
        .contains("mnemogrid verify --checkpoint");
    assertThat(shell("zsh", complete.formatted("completion f", "fish")))
        .contains("mnemogrid completion fish");
  }
}
