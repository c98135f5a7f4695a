package io.mnemogrid.check;

import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Update;
import io.mnemogrid.merge.HeadTag;
import io.mnemogrid.state.Hash;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Holds what agents of a race were told against the log. All of them wanted to write onto the head
 * that they had seen, or not at all, and each asked until it knew what had become of it.
 */
public final class Wins {
  private static final int MOST_FLAWS = 20;

  /**
   * Somebody was told that its delta made a version.
   *
   * @param id of the delta
   * @param seen the tag of the head that it named
   * @param version that it made
   * @param made the tag of that version
   */
  public record Win(String id, String seen, long version, String made) {}

  private final List<String> flaws = new ArrayList<>();
  private long count;

  private Wins() {}

  /**
   * What is wrong, in sentences: the first of them, and how many more there are.
   *
   * @param log all of it, oldest first
   * @param wins of all agents
   * @param shown for each version the tag that answers named it by
   */
  public static List<String> flaws(
      List<Update> log, Collection<Win> wins, Map<Long, String> shown) {
    Wins check = new Wins();
    check.check(log, wins, shown);
    if (check.count > check.flaws.size()) {
      check.flaws.add("and " + (check.count - check.flaws.size()) + " more");
    }
    return check.flaws;
  }

  /** The tag of a version that does not exist yet: what an agent has seen of an empty space. */
  public static String none() {
    return HeadTag.of(0, Hash.ZERO).toString();
  }

  private void check(List<Update> log, Collection<Win> wins, Map<Long, String> shown) {
    Map<Long, Win> winners = new HashMap<>();
    for (Win win : wins) {
      Win other = winners.put(win.version(), win);
      if (other != null) {
        flaw("two were told that they made version " + win.version() + ": " + other + ", " + win);
      }
    }
    Map<Long, String> tags = new HashMap<>();
    String before = none();
    Hash previous = Hash.ZERO;
    long version = 0;
    for (Update update : log) {
      version++;
      LogHead head = LogHead.after(update);
      String tag = HeadTag.of(head.version(), head.leafHash()).toString();
      if (update.version() != version || !update.previous().equals(previous)) {
        flaw("after version " + (version - 1) + " the log has " + update.text());
      }
      Win winner = winners.remove(version);
      if (winner == null) {
        flaw("nobody was told that " + update.id().text() + " made version " + version);
      } else if (!winner.id().equals(update.id().text())
          || !winner.made().equals(tag)
          || !winner.seen().equals(before)) {
        flaw("told " + winner + ", the log has " + update.text() + " after " + before);
      }
      tags.put(version, tag);
      before = tag;
      previous = update.leafHash();
    }
    winners.values().forEach(win -> flaw("not in the log: " + win));
    shown.forEach((number, tag) -> {
      if (!tag.equals(tags.getOrDefault(number, none()))) {
        flaw("an answer named " + tag + ", which the log never had");
      }
    });
  }

  private void flaw(String what) {
    count++;
    if (flaws.size() < MOST_FLAWS) {
      flaws.add(what);
    }
  }
}
