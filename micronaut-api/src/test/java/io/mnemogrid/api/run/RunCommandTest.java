package io.mnemogrid.api.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.Action;
import io.mnemogrid.command.CommandTable;
import io.mnemogrid.command.CommandTable.Module;
import io.mnemogrid.command.CommandTable.Row;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The commands of this module, as the table of all commands names them. */
class RunCommandTest {
  @Test
  void everyRowOfThisModuleIsACommandOfItsName() throws ReflectiveOperationException {
    List<Row> rows = CommandTable.ROWS.stream().filter(row -> row.module() == Module.API).toList();
    assertThat(rows).extracting(Row::type).contains(RunCommand.class.getName());
    for (Row row : rows) {
      Object command = Class.forName(row.type()).getDeclaredConstructor().newInstance();
      assertThat(command).isInstanceOf(Action.class);
      assertThat(new CommandLine(command).getCommandName()).isEqualTo(row.name());
    }
  }
}
