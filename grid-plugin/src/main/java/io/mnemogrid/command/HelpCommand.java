package io.mnemogrid.command;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.UnmatchedArgumentException;

/** {@code help}: all commands by section, or the options of one. */
@Command(name = "help")
public final class HelpCommand implements Action {
  @Parameters(arity = "0..*", paramLabel = "COMMAND", description = "the command to explain")
  private List<String> words = new ArrayList<>();

  @Spec private CommandSpec spec = CommandSpec.create();

  @Override
  public int run(PrintStream out, PrintStream err) {
    CommandLine root = spec.root().commandLine();
    if (words.isEmpty()) {
      CommandList.print(out);
    } else {
      CommandLine line = root;
      for (String word : words) {
        CommandLine below = line.getSubcommands().get(word);
        if (below == null) {
          throw new UnmatchedArgumentException(line, List.of(word));
        }
        line = below;
      }
      line.usage(out, root.getColorScheme());
    }
    out.flush();
    return ExitCode.OK.code();
  }
}
