package io.mnemogrid.store;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What strace wrote ({@code -f -y}) of the processes of a store. An answer is safe when, since the
 * answer before, the log was written, and a sync of the log that began after the last of those
 * writes had ended well before the answer was begun.
 */
final class Trace {
  private static final Pattern LINE = Pattern.compile("(\\d+) +(.*)");
  private static final Pattern CALL = Pattern.compile("(\\w+)\\((.*)");
  private static final Pattern RESUMED = Pattern.compile("<\\.\\.\\. (\\w+) resumed>(.*)");
  private static final String UNFINISHED = "<unfinished ...>";

  /** A call that a process is in. */
  private record Begun(String name, String text, int line) {}

  private final Predicate<String> isLog;
  private final Predicate<String> isAnswer;
  private final Map<String, Begun> under = new HashMap<>();
  private final List<Boolean> answers = new ArrayList<>();
  private int written = -1; // line at which the last write of the log had ended
  private int synced = -1; // line at which the last sync that ended well had begun
  private int answered = -1;

  private Trace(Predicate<String> isLog, Predicate<String> isAnswer) {
    this.isLog = isLog;
    this.isAnswer = isAnswer;
  }

  /** For each answer in turn whether it was safe to give. */
  static List<Boolean> answers(
      List<String> lines, Predicate<String> isLog, Predicate<String> isAnswer) {
    Trace trace = new Trace(isLog, isAnswer);
    for (int i = 0; i < lines.size(); i++) {
      Matcher line = LINE.matcher(lines.get(i));
      if (line.matches()) {
        trace.read(i, line.group(1), line.group(2));
      }
    }
    return trace.answers;
  }

  private void read(int line, String process, String text) {
    Matcher resumed = RESUMED.matcher(text);
    if (resumed.matches()) {
      Begun begun = under.remove(process);
      if (begun != null) {
        end(line, begun, resumed.group(2));
      }
      return;
    }
    Matcher call = CALL.matcher(text);
    if (!call.matches()) {
      return;
    }
    Begun begun = new Begun(call.group(1), text, line);
    begin(begun);
    if (text.endsWith(UNFINISHED)) {
      under.put(process, begun);
    } else {
      end(line, begun, text);
    }
  }

  private void begin(Begun call) {
    if (!isSync(call) && !isLog.test(call.text()) && isAnswer.test(call.text())) {
      boolean writing =
          under.values().stream().anyMatch(other -> !isSync(other) && isLog.test(other.text()));
      answers.add(written > answered && synced > written && !writing);
      answered = call.line();
    }
  }

  private void end(int line, Begun call, String result) {
    if (!isLog.test(call.text())) {
      return;
    }
    if (!isSync(call)) {
      written = line;
    } else if (result.stripTrailing().endsWith("= 0")) {
      synced = call.line();
    }
  }

  private static boolean isSync(Begun call) {
    return call.name().equals("fsync") || call.name().equals("fdatasync");
  }
}
