package io.mnemogrid.check;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Iterator;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a process wrote into its log.
 *
 * @param process its name
 * @param warnings entries of level WARN
 * @param errors entries of level ERROR
 * @param lines the lines of these entries, stack traces included
 */
public record LogLines(String process, long warnings, long errors, long lines) {
  private static final Pattern ENTRY =
      Pattern.compile("[0-9T:.Z-]{12,24} +(TRACE|DEBUG|INFO|WARN|ERROR) .*");

  /** Counts the entries in a file; zero when there is no file. */
  public static LogLines in(String process, Path log) {
    if (!Files.exists(log)) {
      return new LogLines(process, 0, 0, 0);
    }
    try (BufferedReader reader = Files.newBufferedReader(log, StandardCharsets.UTF_8)) {
      return of(process, reader.lines().iterator());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static LogLines of(String process, Iterator<String> text) {
    long warnings = 0;
    long errors = 0;
    long lines = 0;
    boolean counts = false;
    while (text.hasNext()) {
      Matcher entry = ENTRY.matcher(text.next());
      if (entry.matches()) {
        counts = entry.group(1).equals("WARN") || entry.group(1).equals("ERROR");
        warnings += entry.group(1).equals("WARN") ? 1 : 0;
        errors += entry.group(1).equals("ERROR") ? 1 : 0;
      }
      lines += counts ? 1 : 0;
    }
    return new LogLines(process, warnings, errors, lines);
  }
}
