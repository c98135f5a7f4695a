package io.mnemogrid.traffic;

import io.mnemogrid.check.Wins;
import io.mnemogrid.check.Wins.Win;
import io.mnemogrid.state.SpaceName;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Phaser;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * A race of many clients for the versions of one space: what they share, and what they were told.
 * Safe for all threads.
 */
public final class Race {
  private static final int MOST_STRANGE = 20;

  private final SpaceName space;
  private final int rounds;
  private final boolean isConditional;
  private final @Nullable Phaser step; // of clients in step
  private final List<Integer> ports;
  private final AtomicIntegerArray up; // 1 where a member is to be asked
  private final AtomicIntegerArray runners; // by the version that they had seen
  private final Queue<Win> wins = new ConcurrentLinkedQueue<>();
  private final Map<Long, String> shown = new ConcurrentHashMap<>();
  private final Map<String, LongAdder> answers = new ConcurrentHashMap<>();
  private final Queue<String> strange = new ConcurrentLinkedQueue<>();
  private final AtomicLong newest = new AtomicLong();
  private volatile long lastWin = System.nanoTime();
  private volatile boolean isOver;
  private volatile String latest = start(); // the newest head that an answer named
  private volatile String head = start(); // that of the round, for clients in step

  /**
   * A race that nobody runs yet.
   *
   * @param rounds how many versions are to be made
   * @param isConditional whether clients name the head that they saw; a race without that is for
   *     those who want to see that its check finds something
   * @param inStep how many clients wait for each other after each version; 0 when nobody does
   * @param ports of the members' HTTP
   */
  public Race(SpaceName space, int rounds, boolean isConditional, int inStep, List<Integer> ports) {
    this.space = space;
    this.rounds = rounds;
    this.isConditional = isConditional;
    this.ports = List.copyOf(ports);
    this.up = new AtomicIntegerArray(ports.size());
    this.runners = new AtomicIntegerArray(rounds);
    for (int i = 0; i < ports.size(); i++) {
      up.set(i, 1);
    }
    this.step = inStep == 0 ? null : step(inStep);
  }

  private Phaser step(int clients) {
    return new Phaser(clients) {
      @Override
      protected boolean onAdvance(int phase, int registered) {
        head = latest;
        return registered == 0;
      }
    };
  }

  /**
   * The head that a client is to write onto next, when the newest that it has seen is this one. In
   * step it waits until all have their answers.
   */
  String next(String seen) {
    if (step == null) {
      return seen;
    }
    step.arriveAndAwaitAdvance();
    return head;
  }

  /** A client has ended, and nobody is to wait for it. */
  void leaves() {
    if (step != null) {
      step.arriveAndDeregister();
    }
  }

  /** The space that they race in. */
  public SpaceName space() {
    return space;
  }

  /** How many versions are to be made. */
  public int rounds() {
    return rounds;
  }

  boolean isConditional() {
    return isConditional;
  }

  int members() {
    return ports.size();
  }

  int port(int member) {
    return ports.get(member);
  }

  /** Says whether clients shall ask that member first, if it is theirs. */
  public void isUp(int member, boolean is) {
    up.set(member, is ? 1 : 0);
  }

  /** The member itself if it is up, else the next that is. */
  int upFrom(int member) {
    for (int i = 0; i < members(); i++) {
      int candidate = (member + i) % members();
      if (up.get(candidate) == 1) {
        return candidate;
      }
    }
    return member % members();
  }

  /** Whether a client that has seen this version has another round to run. */
  boolean goesOn(long version) {
    return !isOver && version < rounds;
  }

  /** Ends it early. */
  public void end() {
    isOver = true;
  }

  /** Whether it was ended early. */
  public boolean isOver() {
    return isOver;
  }

  /** A client begins to send a delta that is to go onto this version. */
  void runs(long seen) {
    runners.incrementAndGet((int) seen);
  }

  void answered(String kind) {
    answers.computeIfAbsent(kind, _ -> new LongAdder()).increment();
  }

  /** An answer named a version by this tag. */
  void shows(String tag) {
    synchronized (wins) {
      if (version(tag) > version(latest)) {
        latest = tag;
      }
    }
    String before = shown.putIfAbsent(version(tag), tag);
    if (before != null && !before.equals(tag)) {
      strange("version " + version(tag) + " was called " + before + " and " + tag);
    }
  }

  void won(Win win) {
    wins.add(win);
    newest.accumulateAndGet(win.version(), Math::max);
    lastWin = System.nanoTime();
  }

  /** Something that no client should be told; it ends the race. */
  void strange(String what) {
    if (strange.size() < MOST_STRANGE) {
      strange.add(what);
    }
    end();
  }

  /** The version that a tag begins with. */
  static long version(String tag) {
    return Long.parseLong(tag, 0, tag.indexOf('.'), 10);
  }

  /** The newest version that somebody was told to have made. */
  public long newest() {
    return newest.get();
  }

  /** When somebody was last told so, as {@link System#nanoTime} counts. */
  public long lastWin() {
    return lastWin;
  }

  /** All wins. */
  public List<Win> wins() {
    return List.copyOf(wins);
  }

  /** By version the tag that answers named it by. */
  public Map<Long, String> shown() {
    return Map.copyOf(shown);
  }

  /** How often each kind of answer was given, to each sending. */
  public Map<String, Long> answers() {
    Map<String, Long> all = new TreeMap<>();
    answers.forEach((kind, count) -> all.put(kind, count.sum()));
    return all;
  }

  /** What no client should have been told, in sentences. */
  public List<String> strange() {
    return List.copyOf(strange);
  }

  /** For each of the first versions, in rising order, how many deltas were to make it. */
  public int[] runners(int versions) {
    int[] all = new int[Math.min(versions, rounds)];
    for (int i = 0; i < all.length; i++) {
      all[i] = runners.get(i);
    }
    Arrays.sort(all);
    return all;
  }

  /** What a client has seen before the first version. */
  static String start() {
    return Wins.none();
  }
}
