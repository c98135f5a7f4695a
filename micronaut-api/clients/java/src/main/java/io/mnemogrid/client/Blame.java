package io.mnemogrid.client;

/**
 * Who set what stands at or below a path.
 *
 * @param leaf the newest leaf there, or the array that holds it
 * @param update the record that set it
 */
public record Blame(String leaf, Update update) {
  static Blame of(Shape answer) {
    return BadAnswerException.reading(() ->
        new Blame(answer.member("leaf").string(), Update.of(answer.member("update").value())));
  }
}
