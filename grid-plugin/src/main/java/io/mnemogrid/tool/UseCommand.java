package io.mnemogrid.tool;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandFailure;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.PrintStream;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/** A command that asks a member once and shows what it answers (docs/cli.md). */
abstract class UseCommand implements Action {
  @Mixin private UseOptions options = new UseOptions();

  @Spec private CommandSpec spec = CommandSpec.create();

  /**
   * What came of it.
   *
   * @param data for programs
   * @param people prints the same for people
   * @param but why it is no success all the same; null where it is one
   */
  record Shown(Json data, Consumer<PrintStream> people, @Nullable CommandFailure but) {
    /** A success. */
    static Shown of(Json data, Consumer<PrintStream> people) {
      return new Shown(data, people, null);
    }
  }

  /** Asks the member. */
  abstract Shown ask(ApiClient api) throws IOException, InterruptedException;

  @Override
  public final int run(PrintStream out, PrintStream err) throws IOException, InterruptedException {
    return options.output().show(spec.name(), ask(options.api()), out, err).code();
  }

  /** The part of an address that names a space. */
  static String at(String space) {
    if (space.isEmpty()) {
      throw new CommandFailure(ExitCode.USAGE, "SPACE wants a name");
    }
    return "/v1/spaces/" + ApiClient.encoded(space);
  }

  /** A value of an answer that is no list, as it is shown; nothing where it is absent or null. */
  static String plain(Json.Obj of, String name) {
    Json value = of.get(name);
    return switch (value) {
      case null -> "";
      case Json.Null _ -> "";
      case Json.Str text -> text.value();
      default -> value.canonical();
    };
  }
}
