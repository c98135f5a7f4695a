package io.mnemogrid.drill;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.CommandTable;
import io.mnemogrid.command.CommandTable.Module;
import io.mnemogrid.command.CommandTable.Row;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** The commands of this module, as the table of all commands names them. */
@NullMarked
class LoadCommandsTest {
  private record Ran(int code, String said) {}

  private static Ran run(String line) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    PrintStream printed = new PrintStream(out, true, StandardCharsets.UTF_8);
    int code = Main.run(printed, printed, line.split(" "));
    return new Ran(code, out.toString(StandardCharsets.UTF_8));
  }

  @Test
  void everyRowOfThisModuleIsACommandOfItsName() throws ReflectiveOperationException {
    for (Row row : CommandTable.ROWS) {
      if (row.module() == Module.LOAD) {
        Object command = Class.forName(row.type()).getDeclaredConstructor().newInstance();
        assertThat(new CommandLine(command).getCommandName()).isEqualTo(row.name());
        assertThat(run("help " + row.name()).code()).isZero();
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "chaos --store mysql,          'STORE', 'one of sqlite, postgres'",
    "roll-test --rounds x,         --rounds, wants a whole number",
    "bench comits,                 'comits', Did you mean",
    "bench,                        bench, 'one of: commits, replay, gaps'",
    "bench costs --rounds 0,       --rounds, from 1 on",
    "bench http --rounds 0,        --rounds, from 1 on",
    "bench http --only reed,       --only, 'read, unchanged, key'",
    "bench spaces --active 10,     --active, from 64 on",
    "bench spaces --spaces 1000,   --spaces, at least twice",
    "bench spaces --only idle,     --only, 'one, commits, reads'",
    "bench gaps --kills 1 --stops 1, --kills, do not go together",
    "soak --minutes 0,             --minutes, from 1 on",
    "greed-test --clients 0,       --clients, from 1 on",
    "race-test --clients 1,        --clients, from 2 to 1000",
    "race-test --rounds 10 --kills 10, --kills, from 0 to 9",
    "laws --seeds 0,               --seeds, from 1 to 1000000000",
    "laws --from -1,               --from, from 0 on",
    "load flet,                    'LOAD', 'one of fleet, spike, slow, events, soak'",
    "load --users 0,               --users, from 1 to 10000",
    "load --minutes 0,             --minutes, from 1",
    "load soak --users 600,        --minutes, 'is 36000, at most 30000'",
    "load --members 8,             --members, from 1 to 7",
    "load --kill,                  --kill, --members 2 or more",
    "load spike --kill --members 3, --kill, the loads fleet and events",
    "load --base-url x:1,          --base-url, 'wants http://HOST:PORT'",
    "load --base-url http://x:1 --kill, --base-url, own ones",
    "load slow --base-url https://x:1, --base-url, plain HTTP",
    "load --key-file x,            --key-file, goes with --base-url",
    "load --base-url http://x:1 --key-file /nowhere, --key-file, cannot be read",
    "checkpoint-test --kills-every 1, kills, every 2 or more",
    "demo --url http://x,          --url, go together",
  })
  void saysWhatIsWrongWithALine(String line, String where, String what) {
    Ran ran = run(line);
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(ran.said().lines()).singleElement().asString().contains(what);
    assertThat(ran.said()).containsIgnoringCase(where);
  }

  @Test
  void completionKnowsTheCommandsOfThisModule() {
    assertThat(run("completion fish").said())
        .contains("from chaos' -l store -x -a 'sqlite postgres'")
        .contains("from bench; and __fish_seen_subcommand_from gaps' -l kills");
    assertThat(run("completion bash").said()).contains("--kills-every", "--chain-url");
  }
}
