package io.mnemogrid.command;

import io.mnemogrid.command.CommandTable.Row;
import java.io.BufferedOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * The one entrance of all commands. Answers go to standard output, everything else to standard
 * error; a failure is one sentence there, never a stack trace.
 */
public final class Main {
  /** What the command is called, and what completions complete. */
  static final String NAME = "mnemogrid";

  private Main() {}

  /** Runs a command and ends the process with its code. */
  public static void main(String[] args) {
    PrintStream err = new PrintStream(System.err, true, StandardCharsets.UTF_8);
    StandardOutput stdout = new StandardOutput();
    PrintStream out =
        new PrintStream(new BufferedOutputStream(stdout), true, StandardCharsets.UTF_8);
    System.setOut(out);
    int code = run(out, err, args);
    out.flush();
    System.exit(code == ExitCode.OK.code() ? stdout.ended(err).code() : code);
  }

  /** Runs a command that prints its help and its errors there. Returns its code. */
  public static int run(PrintStream out, PrintStream err, String... args) {
    long began = System.nanoTime();
    boolean asks = args.length == 0 || args[0].equals("--help") || args[0].equals("-h");
    String[] words = asks ? new String[] {"help"} : args;
    List<String> all = List.of(words);
    if (all.equals(List.of("help"))) {
      CommandList.print(out);
      return ExitCode.OK.code();
    }
    CommandLine line = model(all);
    line.setOut(new PrintWriter(out, true));
    line.setErr(new PrintWriter(err, true));
    line.setColorScheme(
        CommandLine.Help.defaultColorScheme(Terminal.hasColors() ? Ansi.ON : Ansi.OFF));
    line.setExpandAtFiles(false);
    line.setExecutionStrategy(parsed -> execute(parsed, out, err));
    line.setParameterExceptionHandler((wrong, _) ->
        failed(
            new CommandFailure(ExitCode.USAGE, Sentences.of(wrong), wrong), all, began, out, err));
    line.setExecutionExceptionHandler(
        (failure, _, _) -> failed(Sentences.failure(failure), all, began, out, err));
    return line.execute(words);
  }

  private static int failed(
      CommandFailure failure, List<String> words, long began, PrintStream out, PrintStream err) {
    if (Envelope.isWantedBy(words)) {
      out.println(Envelope.error(words.getFirst(), began, failure));
    } else {
      err.println(NAME + ": " + failure.getMessage());
    }
    return failure.exit().code();
  }

  /**
   * The model of what a command line needs: the commands that it names; all of them where it is to
   * be held against all. Of those that it does not name, or whose module is not on the class path,
   * the model has the name and the summary alone.
   */
  static CommandLine model(List<String> words) {
    boolean isHelp = words.getFirst().equals("help");
    List<String> named = isHelp ? words.subList(0, 2) : words.subList(0, 1);
    boolean isEach = named.equals(List.of("completion"));
    boolean areKnown = named.stream().allMatch(name -> CommandTable.row(name).isPresent());
    CommandLine root = new CommandLine(CommandSpec.create().name(NAME));
    for (Row row : CommandTable.ROWS) {
      boolean isNamed = isEach || named.contains(row.name());
      if (isNamed || !areKnown) {
        CommandLine line = isNamed ? load(row) : stub(row);
        UsageMessageSpec usage = line.getCommandSpec().usageMessage();
        usage.description(row.summary());
        usage.width(100);
        root.addSubcommand(row.name(), line);
      }
    }
    withHelp(root);
    root.setOverwrittenOptionsAllowed(true); // the last one counts, as in a script's "$@"
    return root;
  }

  private static void withHelp(CommandLine line) {
    CommandSpec spec = line.getCommandSpec();
    if (spec.findOption("--help") == null) {
      spec.addOption(
          OptionSpec.builder("-h", "--help").usageHelp(true).description("this text").build());
    }
    spec.usageMessage().abbreviateSynopsis(true).sortOptions(false);
    line.getSubcommands().values().forEach(Main::withHelp);
  }

  private static CommandLine load(Row row) {
    try {
      return new CommandLine(Class.forName(row.type()).getDeclaredConstructor().newInstance());
    } catch (ClassNotFoundException e) {
      return stub(row);
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException(row.type() + " is no command", e);
    }
  }

  private static CommandLine stub(Row row) {
    Action missing =
        (_, _) -> {
          throw new CommandFailure(
              ExitCode.NOT_STARTED,
              row.name() + " is in a part that is not here: it needs a checkout of the sources");
        };
    CommandSpec spec = CommandSpec.wrapWithoutInspection(missing);
    spec.parser().unmatchedArgumentsAllowed(true);
    return new CommandLine(spec);
  }

  private static int execute(ParseResult parsed, PrintStream out, PrintStream err) {
    Integer helped = CommandLine.executeHelpRequest(parsed);
    if (helped != null) {
      return helped;
    }
    ParseResult last = parsed;
    while (last.hasSubcommand()) {
      refuseEmptyValues(last);
      last = last.subcommand();
    }
    refuseEmptyValues(last);
    CommandLine line = last.commandSpec().commandLine();
    if (!(last.commandSpec().userObject() instanceof Action action)) {
      throw new ParameterException(
          line,
          last.commandSpec().name()
              + " is one of: "
              + String.join(", ", line.getSubcommands().keySet()));
    }
    try {
      return action.run(out, err);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CommandLine.ExecutionException(line, "stopped while waiting", e);
    } catch (ParameterException e) {
      throw e;
    } catch (Exception e) {
      throw new CommandLine.ExecutionException(line, Sentences.of(e), e);
    }
  }

  /** An empty value is a variable of a script that was not set. */
  private static void refuseEmptyValues(ParseResult parsed) {
    for (OptionSpec option : parsed.matchedOptions()) {
      if (option.originalStringValues().contains("")) {
        throw new MissingParameterException(
            parsed.commandSpec().commandLine(), option, option.longestName() + " wants a value");
      }
    }
  }
}
