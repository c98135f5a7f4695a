package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.command.ExitCode;
import io.mnemogrid.command.Main;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What {@code mcp config} does to other programs' files. */
class McpConfigCommandTest {
  @TempDir private Path folder = Path.of("");
  private final ByteArrayOutputStream printed = new ByteArrayOutputStream();

  private int run(String client, Path file, String... more) {
    printed.reset();
    PrintStream out = new PrintStream(printed, true, StandardCharsets.UTF_8);
    List<String> words =
        new ArrayList<>(List.of("mcp", "config", client, "--file", file.toString()));
    words.addAll(List.of(more));
    return Main.run(out, out, words.toArray(String[]::new));
  }

  private String printed() {
    return printed.toString(StandardCharsets.UTF_8);
  }

  @Test
  void printsAndWritesNothingUnlessItIsTold() {
    Path file = folder.resolve("none.json");
    assertThat(run("claude", file, "--space", "team", "--tools", "graph")).isZero();
    assertThat(printed())
        .contains("\"mcpServers\"", "\"mnemogrid\"", "\"--space\",\"team\"", "\"graph\"");
    assertThat(file).doesNotExist();
    assertThat(run("emacs", file)).isEqualTo(ExitCode.USAGE.code());
  }

  /** Character by character, also what canonical JSON would write otherwise. */
  @Test
  void leavesEverythingElseAsItStands() throws IOException {
    Path file = folder.resolve("settings.json");
    String before =
        "{\n\t\"z\": 1.50, \"a\" : 12345678901234567890,\n  \"mcpServers\": { \"other\": {\"x\": 1e2} },\n  \"b\": null\n}\n";
    Files.writeString(file, before);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));

    assertThat(run("claude", file, "--write")).isZero();

    String after = Files.readString(file);
    assertThat(after)
        .startsWith("{\n\t\"z\": 1.50, \"a\" : 12345678901234567890,\n  \"mcpServers\": {")
        .endsWith(" \"other\": {\"x\": 1e2} },\n  \"b\": null\n}\n")
        .contains("\"mnemogrid\": {");
    assertThat(printed()).contains("+     \"mnemogrid\": {");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Path copy = folder.resolve("settings.json.before-mnemogrid");
    assertThat(copy).hasContent(before);
    assertThat(run("claude", file, "--write")).isZero();
    assertThat(printed()).contains("nothing to change");

    assertThat(run("claude", file, "--write", "--space", "team")).isZero();

    assertThat(Files.readString(file)).contains("\"team\"").containsOnlyOnce("\"mnemogrid\"");
    assertThat(copy).as("the first copy stays").hasContent(before);
    assertThat(folder.resolve("settings.json.before-mnemogrid-2")).hasContent(after);
  }

  @Test
  void beginsAFileAndAListOfServers() throws IOException {
    Path file = folder.resolve("new/mcp.json");
    assertThat(run("cursor", file, "--write")).isZero();
    assertThat(file).content().contains("\"mcpServers\": {", "\"command\": ");
    Path empty = folder.resolve("empty.json");
    Files.writeString(empty, "{}");
    assertThat(run("vscode", empty, "--write")).isZero();
    assertThat(empty).content().contains("\"servers\": {", "\"type\": \"stdio\"");
  }

  @Test
  void refusesWhatItCannotRead() throws IOException {
    for (String wrong :
        List.of("{ // a comment\n}", "[]", "{\"mcpServers\": 7}", "{} {}", "{\"a\": ")) {
      Path file = folder.resolve("wrong.json");
      Files.writeString(file, wrong);
      assertThat(run("claude", file, "--write")).as(wrong).isEqualTo(ExitCode.USAGE.code());
      assertThat(file).hasContent(wrong);
    }
    try (var files = Files.list(folder)) {
      assertThat(files).as("no copy and nothing half done").hasSize(1);
    }
  }

  @Test
  void putsATableBehindTheOthers() throws IOException {
    Path file = folder.resolve("config.toml");
    Files.writeString(file, "model = \"x\"\n[mcp_servers.other]\ncommand = \"y\"");
    assertThat(run("codex", file, "--write")).isZero();
    assertThat(file)
        .content()
        .startsWith(
            "model = \"x\"\n[mcp_servers.other]\ncommand = \"y\"\n\n[mcp_servers.mnemogrid]\n")
        .contains("args = [\"mcp\"]");
    assertThat(run("codex", file, "--write")).isZero();
    assertThat(printed()).contains("nothing to change");
    assertThat(run("codex", file, "--write", "--space", "team"))
        .isEqualTo(ExitCode.CONFLICT.code());
  }
}
