package io.mnemogrid.command;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.ArgSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.TypeConversionException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what went wrong in a sentence, and with which code the process ends. */
final class Sentences {
  private Sentences() {}

  /** What is wrong with a command line, and where to look it up. */
  static String of(ParameterException wrong) {
    String command = wrong.getCommandLine().getCommandSpec().qualifiedName(" ");
    String name =
        command.startsWith(Main.NAME + " ") ? command.substring(Main.NAME.length() + 1) : "";
    String ask = Installation.shell() + " help" + (name.isEmpty() ? "" : " " + first(name));
    return switch (wrong) {
      case UnmatchedArgumentException unmatched ->
          unmatched(name, unmatched) + ask + " lists what it knows";
      case MissingParameterException missing -> missing(missing) + ": " + ask;
      default -> value(wrong) + ": " + ask;
    };
  }

  private static String first(String name) {
    return name.split(" ", 2)[0];
  }

  private static String unmatched(String name, UnmatchedArgumentException wrong) {
    String argument = wrong.getUnmatched().getFirst();
    String said =
        name.isEmpty() && !argument.startsWith("-")
            ? "there is no command '" + argument + "'"
            : (name.isEmpty() ? "mnemogrid" : name) + " does not know '" + argument + "'";
    List<String> near = wrong.getSuggestions();
    return near.isEmpty()
        ? said + "; "
        : said + ". Did you mean " + String.join(" or ", near) + "? ";
  }

  private static String missing(MissingParameterException wrong) {
    List<ArgSpec> missing = wrong.getMissing();
    if (missing.size() == 1
        && missing.getFirst() instanceof OptionSpec option
        && !message(wrong).startsWith("Missing required option")) {
      return option.longestName() + " wants a value";
    }
    if (missing.isEmpty()) {
      return message(wrong);
    }
    return missing.stream()
            .map(arg -> arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel())
            .collect(Collectors.joining(" and "))
        + (missing.size() == 1 ? " is missing" : " are missing");
  }

  private static String value(ParameterException wrong) {
    if (!(wrong.getArgSpec() instanceof ArgSpec arg)) {
      return message(wrong);
    }
    String name = arg instanceof OptionSpec option ? option.longestName() : arg.paramLabel();
    if ("".equals(wrong.getValue())) {
      return name + " wants a value";
    }
    if (wrong.getCause() instanceof TypeConversionException conversion
        && message(conversion).startsWith("wants ")) {
      return name + " " + message(conversion);
    }
    Class<?> type = arg.typeInfo().getType();
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return name + " wants a whole number, not '" + wrong.getValue() + "'";
    }
    if (type == URI.class) {
      return name + " wants a URL, not '" + wrong.getValue() + "'";
    }
    if (arg.typeInfo().isEnum()) {
      return name
          + " is one of "
          + String.join(", ", arg.typeInfo().getEnumConstantNames())
          + ", not '"
          + wrong.getValue()
          + "'";
    }
    return message(wrong);
  }

  private static String message(Throwable wrong) {
    return String.valueOf(wrong.getMessage());
  }

  /** What a failure of the world means for whoever called, in one line. */
  static String of(Throwable failure) {
    return plain(failure).replaceAll("\\s*\\R\\s*", " ").strip();
  }

  private static String plain(Throwable failure) {
    return switch (failure) {
      case UncheckedIOException wrapped when wrapped.getCause() instanceof IOException cause ->
          plain(cause);
      case NoSuchFileException missing -> "there is no " + missing.getFile();
      case FileAlreadyExistsException there -> there.getFile() + " is there already";
      case AccessDeniedException denied -> "no right to read or write " + denied.getFile();
      case FileSystemException at when at.getReason() != null ->
          at.getFile() + ": " + at.getReason();
      case InterruptedException _ -> "stopped while waiting";
      default -> Objects.requireNonNullElse(failure.getMessage(), failure.toString());
    };
  }

  /** A failure of the world, in one line and with its code. */
  static CommandFailure failure(Throwable failure) {
    Throwable cause =
        failure instanceof CommandLine.ExecutionException && failure.getCause() != null
            ? failure.getCause()
            : failure;
    return cause instanceof CommandFailure known
        ? known
        : new CommandFailure(exit(failure), of(failure), failure);
  }

  /** The code of a failure of the world. */
  static ExitCode exit(Throwable failure) {
    return switch (failure) {
      case CommandFailure known -> known.exit();
      case UncheckedIOException wrapped when wrapped.getCause() instanceof IOException cause ->
          exit(cause);
      case NoSuchFileException _ -> ExitCode.NOTHING_THERE;
      case FileAlreadyExistsException _ -> ExitCode.CONFLICT;
      case AccessDeniedException _ -> ExitCode.NOT_ALLOWED;
      case IOException _ -> ExitCode.CANNOT_TELL;
      case IllegalArgumentException _ -> ExitCode.USAGE;
      default -> ExitCode.CANNOT_TELL;
    };
  }
}
