package io.mnemogrid.command;

import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.PositionalParamSpec;

/**
 * A completion script for fish, which picocli has none for. Each command has a line, each of its
 * options one that counts only behind that command. Values are those that the model names; where it
 * names none and wants a file or folder, fish completes files.
 */
final class FishCompletion {
  private final StringBuilder script = new StringBuilder();

  private FishCompletion() {}

  static String of(CommandLine root) {
    FishCompletion fish = new FishCompletion();
    fish.script.append("# completion of mnemogrid for fish\n");
    fish.script.append("complete -c mnemogrid -f\n");
    fish.commands(root, List.of());
    return fish.script.toString();
  }

  private void commands(CommandLine line, List<String> path) {
    for (var below : line.getSubcommands().entrySet()) {
      String summary =
          String.join(" ", below.getValue().getCommandSpec().usageMessage().description());
      script.append("complete -c mnemogrid -n ").append(quoted(isDirectlyBehind(path, line)));
      script
          .append(" -a ")
          .append(below.getKey())
          .append(" -d ")
          .append(quoted(summary))
          .append('\n');
    }
    for (var below : line.getSubcommands().entrySet()) {
      List<String> longer = new ArrayList<>(path);
      longer.add(below.getKey());
      arguments(below.getValue(), longer);
      commands(below.getValue(), longer);
    }
  }

  /**
   * A condition of fish: the command line names these commands, and no command below the last of
   * them.
   */
  private static String isDirectlyBehind(List<String> path, CommandLine line) {
    String none =
        "not __fish_seen_subcommand_from " + String.join(" ", line.getSubcommands().keySet());
    return path.isEmpty() ? none : isBehind(path) + "; and " + none;
  }

  private static String isBehind(List<String> path) {
    List<String> seen = new ArrayList<>();
    path.forEach(name -> seen.add("__fish_seen_subcommand_from " + name));
    return String.join("; and ", seen);
  }

  private void arguments(CommandLine line, List<String> path) {
    for (OptionSpec option : line.getCommandSpec().options()) {
      if (option.hidden()) {
        continue;
      }
      script.append("complete -c mnemogrid -n ").append(quoted(isBehind(path)));
      for (String name : option.names()) {
        script
            .append(name.startsWith("--") ? " -l " : " -s ")
            .append(name.replaceFirst("^--?", ""));
      }
      if (option.arity().max() > 0) {
        script.append(values(option));
      }
      script.append(" -d ").append(quoted(String.join(" ", option.description()))).append('\n');
    }
    for (PositionalParamSpec word : line.getCommandSpec().positionalParameters()) {
      String values = values(word);
      if (!values.equals(" -x")) {
        script.append("complete -c mnemogrid -n ").append(quoted(isBehind(path)));
        script.append(values.replace(" -x", "").replace(" -r", "")).append('\n');
      }
    }
  }

  private static String values(ArgSpec arg) {
    List<String> known = new ArrayList<>();
    if (arg.completionCandidates() != null) {
      arg.completionCandidates().forEach(known::add);
    } else if (arg.typeInfo().isEnum()) {
      known.addAll(arg.typeInfo().getEnumConstantNames());
    }
    if (!known.isEmpty()) {
      return " -x -a " + quoted(String.join(" ", known));
    }
    String label = arg.paramLabel();
    return label.contains("FILE") || label.contains("DIR") ? " -r -F" : " -x";
  }

  private static String quoted(String text) {
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'";
  }
}
