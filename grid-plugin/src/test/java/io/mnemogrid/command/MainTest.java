package io.mnemogrid.command;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.CommandTable.Module;
import io.mnemogrid.command.CommandTable.Row;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** What all commands have in common: names, help, codes, sentences. */
class MainTest {
  private record Ran(int code, String out, String err) {}

  private static Ran run(String... args) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    int code =
        Main.run(
            new PrintStream(out, true, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8),
            args);
    return new Ran(
        code, out.toString(StandardCharsets.UTF_8), err.toString(StandardCharsets.UTF_8));
  }

  @Test
  void helpListsAllCommandsAlsoThoseOfOtherModules() {
    Ran ran = run("help");
    assertThat(ran.code()).isZero();
    for (Row row : CommandTable.ROWS) {
      assertThat(ran.out()).contains("  " + row.name() + " ").contains(row.summary());
    }
    assertThat(ran.out()).doesNotContain("\u001b");
    assertThat(run().out()).isEqualTo(ran.out());
  }

  @Test
  void helpShowsTheOptionsOfOneCommand() {
    Ran ran = run("help", "verify");
    assertThat(ran.code()).isZero();
    assertThat(ran.out()).contains("--checkpoint=0x", "--expect=JSON", "FILE");
    assertThat(run("verify", "--help").out()).isEqualTo(ran.out());
    assertThat(run("help", "sim").out()).contains("--about=TEXT");
  }

  @ParameterizedTest
  @CsvSource({
    "verfy,                   there is no command 'verfy'. Did you mean verify or prove? ./mnemogrid help lists",
    "help verfy,              there is no command 'verfy'. Did you mean verify or prove? ./mnemogrid help lists",
    "verify x --chekpoint y,  verify does not know '--chekpoint'. Did you mean",
    "verify x --checkpoint,   --checkpoint wants a value",
    "prove daryl,             name one thing to prove: PATH",
    "verify x --chain-id a,   '--chain-id wants a whole number, not ''a'''",
    "fsck --data '',          --data wants a value",
    "verify x --chain :,      '--chain wants a URL, not '':'''",
    "completion tcsh,         'SHELL is one of bash, zsh, fish, not ''tcsh'''",
  })
  void saysInOneSentenceWhatIsWrongWithALine(String line, String sentence) {
    Ran ran =
        run(
            Arrays.stream(line.split(" "))
                .map(word -> word.equals("''") ? "" : word)
                .toArray(String[]::new));
    assertThat(ran.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(ran.err().lines()).singleElement().asString().startsWith("mnemogrid: " + sentence);
    assertThat(ran.err()).contains("./mnemogrid help");
    assertThat(ran.out()).isEmpty();
  }

  @Test
  void saysAFailureOfSeveralLinesInOne() {
    IOException failure = new IOException("the disk\n\tis full \r\n");
    assertThat(Sentences.of(failure)).isEqualTo("the disk is full");
    UncheckedIOException wrapped = new UncheckedIOException(new NoSuchFileException("x"));
    assertThat(Sentences.of(wrapped)).isEqualTo("there is no x");
    assertThat(Sentences.exit(wrapped)).isEqualTo(ExitCode.NOTHING_THERE);
  }

  @ParameterizedTest
  @CsvSource({
    "No space left, mnemogrid: the answer could not be written to standard output: No space left",
    "Broken pipe, ''",
  })
  void saysWhatItCouldNotSayUnlessNobodyReads(String reason, String sentence) {
    StandardOutput full =
        new StandardOutput(
            new OutputStream() {
              @Override
              public void write(int b) throws IOException {
                throw new IOException(reason);
              }
            });
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream said = new PrintStream(err, true, StandardCharsets.UTF_8);
    assertThat(full.ended(said)).isEqualTo(ExitCode.OK);
    new PrintStream(full, true, StandardCharsets.UTF_8).println("an answer");
    assertThat(full.ended(said)).isEqualTo(ExitCode.CANNOT_TELL);
    assertThat(err.toString(StandardCharsets.UTF_8).strip()).isEqualTo(sentence);
  }

  @Test
  void takesADumbTerminalForOneWithoutEscapeCodes() {
    assertThat(Terminal.isClever(Map.of("TERM", "dumb"))).isFalse();
    assertThat(Terminal.isClever(Map.of("TERM", "xterm-256color"))).isTrue();
    assertThat(Terminal.isClever(Map.of())).isTrue();
  }

  @Test
  void saysWhereACommandOfAnotherModuleIs() {
    Ran ran = run("soak", "--minutes", "1");
    assertThat(ran.code()).isEqualTo(ExitCode.NOT_STARTED.code());
    assertThat(ran.err()).contains("needs a checkout");
  }

  @Test
  void everyRowOfThisModuleIsACommandOfItsName() throws ReflectiveOperationException {
    for (Row row : CommandTable.ROWS) {
      if (row.module() == Module.TOOL || row.module() == Module.LAUNCHER) {
        Object command = Class.forName(row.type()).getDeclaredConstructor().newInstance();
        assertThat(command).isInstanceOf(Action.class);
        assertThat(new CommandLine(command).getCommandName()).isEqualTo(row.name());
      }
    }
  }

  /** The launcher knows which module to build; here is which one has the command. */
  @Test
  void theLauncherBuildsTheModuleOfEachCommand() throws IOException {
    String launcher = Files.readString(Path.of("../mnemogrid"));
    for (Row row : CommandTable.ROWS) {
      String built =
          Pattern.compile("(?m)^    ((?:[a-z-]+ \\| )*[a-z-]+)\\)\\s+([^;]*)")
              .matcher(launcher)
              .results()
              .filter(match -> List.of(match.group(1).split(" \\| ")).contains(row.name()))
              .findFirst()
              .map(match -> match.group(2))
              .orElse("build grid-plugin &&");
      switch (row.module()) {
        case TOOL -> assertThat(built).as(row.name()).containsPattern("build|path=|flags=");
        case API -> assertThat(built).as(row.name()).contains("build grid-plugin micronaut-api");
        case LOAD -> assertThat(built).as(row.name()).contains("build \"${MODULES[@]}\"");
        case LAUNCHER -> assertThat(built).as(row.name()).containsPattern("build|exec");
      }
    }
  }

  @Test
  void theLauncherIsSmall() throws IOException {
    assertThat(Files.readAllLines(Path.of("../mnemogrid"))).hasSizeLessThanOrEqualTo(230);
  }

  @Test
  void theTableOfCodesIsTheOneOfTheDocs() throws IOException {
    String page = Files.readString(Path.of("../docs/command.md"));
    for (ExitCode code : ExitCode.values()) {
      assertThat(page).contains("| " + code.code() + " | " + code.meaning() + " |");
    }
  }
}
