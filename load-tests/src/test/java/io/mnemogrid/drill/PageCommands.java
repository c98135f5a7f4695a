package io.mnemogrid.drill;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.NullMarked;

/**
 * The commands of a page, in its order: each line of a block {@code sh}, each line of a block
 * {@code console} that begins with {@code $} and then what is shown below it, and in the text what
 * stands between backquotes and begins as a command does.
 */
@NullMarked
final class PageCommands {
  private static final Pattern IN_TEXT =
      Pattern.compile(
          "(\\./mnemogrid|python3|node|npm|mvn|pip|(\\S*/)?ci|(date|echo .*) \\| \\./mnemogrid)( .*)?");

  private PageCommands() {}

  /**
   * A command.
   *
   * @param where page and line
   * @param text as it stands there, without what a table needs
   * @param before assignments of the same block, which it may use
   * @param shown what the page shows as its output; empty where it shows none
   */
  record Command(String where, String text, String before, List<String> shown) {}

  /**
   * Reads a page.
   *
   * @throws IllegalArgumentException when a block does not say what it is, for then nobody knows
   *     whether it has commands
   */
  static List<Command> of(Path page) throws IOException {
    List<Command> commands = new ArrayList<>();
    List<String> lines = Files.readAllLines(page);
    String block = "";
    String before = "";
    for (int i = 0; i < lines.size(); i++) {
      String line = lines.get(i);
      String where = page.getFileName() + ":" + (i + 1);
      if (line.startsWith("```")) {
        boolean begins = block.isEmpty();
        block = begins ? line.substring(3).strip() : "";
        before = "";
        if (begins && block.isEmpty()) {
          throw new IllegalArgumentException(where + " is a block of what? write ```sh or another");
        }
      } else if (block.equals("sh") && !line.isBlank()) {
        if (line.matches("[a-z_]+=\\S.*")) {
          before += line + "\n";
        } else {
          commands.add(new Command(where, line, before, List.of()));
        }
      } else if (block.equals("console") && line.startsWith("$ ")) {
        List<String> shown = new ArrayList<>();
        for (int j = i + 1; !lines.get(j).startsWith("$ ") && !lines.get(j).equals("```"); j++) {
          shown.add(lines.get(j));
        }
        commands.add(new Command(where, line.substring(2), "", List.copyOf(shown)));
      } else if (block.isEmpty()) {
        Matcher quoted = Pattern.compile("`([^`]+)`").matcher(line);
        while (quoted.find()) {
          String text = quoted.group(1).replace("\\|", "|");
          if (IN_TEXT.matcher(text).matches()) {
            commands.add(new Command(where, text, "", List.of()));
          }
        }
      }
    }
    return commands;
  }
}
