package io.mnemogrid.command;

import java.io.PrintStream;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code completion}: a script that a shell reads to complete commands, options and values. */
@Command(
    name = "completion",
    footer = {
      "",
      "bash, zsh  source <(./mnemogrid completion bash)",
      "fish       ./mnemogrid completion fish > ~/.config/fish/completions/mnemogrid.fish"
    })
public final class CompletionCommand implements Action {
  /** The shells that there is a script for. */
  public enum Shell {
    bash,
    zsh,
    fish
  }

  @Parameters(paramLabel = "SHELL", description = "${COMPLETION-CANDIDATES}")
  private Shell shell = Shell.bash;

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public int run(PrintStream out, PrintStream err) {
    CommandLine root = spec.root().commandLine();
    switch (shell) {
      // One script for both: under zsh it loads bashcompinit first.
      case bash, zsh -> out.print(AutoComplete.bash(Main.NAME, root));
      case fish -> out.print(FishCompletion.of(root));
    }
    out.flush();
    return ExitCode.OK.code();
  }
}
