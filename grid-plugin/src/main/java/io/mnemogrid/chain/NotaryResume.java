package io.mnemogrid.chain;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.util.Map;

/**
 * How far the notary's file was verified, signed by the notary itself, so that opening it need not
 * verify every line again. It says nothing that the file does not: without it, or with one that
 * does not fit, all lines are verified.
 *
 * @param lines how many lines were verified
 * @param bytes how many bytes they take, with their line breaks
 * @param last hash of the last of them
 */
record NotaryResume(long lines, long bytes, Hash last) {
  String write(NotaryKey key) {
    return NotaryLine.signed(
        Map.of(
            "bytes", Json.of(bytes),
            "last", Json.of(last.toString()),
            "lines", Json.of(lines)),
        key);
  }

  /** Refuses what this key has not signed. */
  static NotaryResume parse(String text, NotaryKey key) {
    Json.Obj object = NotaryLine.signed(text, key);
    NotaryResume resume =
        new NotaryResume(
            number(object, "lines"), number(object, "bytes"), Hash.parse(object.text("last")));
    if (resume.lines < 1 || resume.bytes < 1) {
      throw new IllegalArgumentException("a resume point is after a line");
    }
    return resume;
  }

  private static long number(Json.Obj object, String name) {
    if (object.get(name) instanceof Json.Num number) {
      return (long) number.value();
    }
    throw new IllegalArgumentException(name + " is not a number");
  }
}
