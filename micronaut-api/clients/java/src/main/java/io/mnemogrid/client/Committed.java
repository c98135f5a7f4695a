package io.mnemogrid.client;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * An update that is durable.
 *
 * @param space the space
 * @param version the version that it made, of several the last one; of {@code UNCHANGED} the head
 * @param root the state root of that version
 * @param updateId the id under which it is known for ever
 * @param outcome what became of it
 * @param applied the paths that were applied, as sent
 * @param superseded changes of this update that lost
 * @param overrode writes that its author had not seen, and that lost to it
 * @param isDuplicate whether the log had this id before this sending
 * @param json the whole answer
 */
public record Committed(
    String space,
    long version,
    Hash root,
    String updateId,
    Outcome outcome,
    List<String> applied,
    List<Write> superseded,
    List<Write> overrode,
    boolean isDuplicate,
    Json json) {
  /** What became of an update. */
  public enum Outcome {
    /** No other version lies between its base and this one. */
    APPLIED,
    /** Others lie between, and the whole change was applied. */
    MERGED,
    /** A part of it lost; the log has it, and what won. */
    SUPERSEDED,
    /** A patch that changes nothing: there is no new version. */
    UNCHANGED,
    /** It is durable, and the rest of the answer could not be written; the record has it. */
    COMMITTED;

    @Override
    public String toString() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * A write that lost.
   *
   * @param path where
   * @param author of {@code superseded} the one who won, of {@code overrode} the one who lost
   * @param version of that author's update
   * @param value what lost; empty where it was a delete
   */
  public record Write(String path, String author, long version, Optional<Json> value) {
    private static List<Write> listOf(Shape answer, String name, String author, String version) {
      List<Write> writes = new ArrayList<>();
      for (Shape write : items(answer, name)) {
        writes.add(
            new Write(
                write.member("key").string(),
                write.member(author).string(),
                write.member(version).integer(0),
                write.optional("value").map(Shape::value)));
      }
      return writes;
    }
  }

  /** Copies the lists. */
  public Committed {
    applied = List.copyOf(applied);
    superseded = List.copyOf(superseded);
    overrode = List.copyOf(overrode);
  }

  static Committed of(Shape answer) {
    return BadAnswerException.reading(() ->
        new Committed(
            answer.member("space").space(),
            answer.member("version").integer(0),
            answer.member("root").hash(),
            answer.member("update_id").string(),
            outcome(answer.member("outcome")),
            items(answer, "applied").stream().map(Shape::string).toList(),
            Write.listOf(answer, "superseded", "by", "by_version"),
            Write.listOf(answer, "overrode", "author", "version"),
            answer.optional("duplicate").map(Shape::bool).orElse(false),
            answer.value()));
  }

  private static Outcome outcome(Shape outcome) {
    String word = outcome.oneOf("applied", "merged", "superseded", "unchanged", "committed");
    return Outcome.valueOf(word.toUpperCase(Locale.ROOT));
  }

  private static List<Shape> items(Shape answer, String name) {
    return answer.optional(name).map(Shape::items).orElse(List.of());
  }
}
