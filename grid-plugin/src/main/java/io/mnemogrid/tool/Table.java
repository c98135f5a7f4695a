package io.mnemogrid.tool;

import io.mnemogrid.command.Terminal;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Rows for people. What is shown was written by others, so that control characters are written as
 * JSON escapes them: no remembered text moves the cursor or turns the direction of a line.
 */
final class Table {
  private final List<String> names;
  private final List<List<String>> rows = new ArrayList<>();

  /** A table with these columns. */
  Table(String... names) {
    this.names = List.of(names);
  }

  /** Adds a row, a cell a column. */
  Table row(String... cells) {
    List<String> row = new ArrayList<>();
    for (String cell : cells) {
      row.add(safe(cell));
    }
    rows.add(row);
    return this;
  }

  /** Prints it. The last column is not filled up. */
  void print(PrintStream out) {
    int[] widths = new int[names.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = names.get(i).length();
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], length(row.get(i)));
      }
    }
    out.println(Terminal.bold(line(names, widths)));
    for (List<String> row : rows) {
      out.println(line(row, widths));
    }
  }

  private static String line(List<String> cells, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      line.append(cells.get(i));
      if (i < widths.length - 1) {
        line.repeat(" ", widths[i] - length(cells.get(i)) + 2);
      }
    }
    return line.toString().stripTrailing();
  }

  private static int length(String text) {
    return text.codePointCount(0, text.length());
  }

  /** A text of others in one line. */
  static String safe(String text) {
    return safe(text, "");
  }

  /** A text of others, in which these control characters may stand. */
  static String safe(String text, String allowed) {
    StringBuilder safe = new StringBuilder(text.length());
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (isHarmless(c) || allowed.indexOf(c) >= 0) {
        safe.append(c);
      } else if (c == '\n') {
        safe.append("\\n");
      } else {
        safe.append("\\u%04x".formatted((int) c).toLowerCase(Locale.ROOT));
      }
    }
    return safe.toString();
  }

  private static boolean isHarmless(char c) {
    return !Character.isISOControl(c)
        && c != '\u2028'
        && c != '\u2029'
        && !(c >= '\u202a' && c <= '\u202e')
        && !(c >= '\u2066' && c <= '\u2069');
  }
}
