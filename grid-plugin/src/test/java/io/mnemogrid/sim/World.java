package io.mnemogrid.sim;

import io.mnemogrid.state.SpaceName;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** What all parts of one run share: its seed's choices, its time, and its known-bad twin. */
final class World {
  final Random random;
  final Twin twin;
  final Timeline time = new Timeline();
  final List<SimMember> members = new ArrayList<>();
  final SimStore store;
  final SimNetwork network;
  final SimMap map;
  final GridHistory history;

  /** Whether commits go to the owner of their space; else members race for every head. */
  final boolean routed;

  /** Whether one of the spaces is older than what a state remembers ({@link Past}). */
  final boolean hasPast;

  /**
   * Whether agents often write what the store refuses, each time with other requests beside it, so
   * that they meet in an append.
   */
  final boolean bursts;

  /** No faults any more: what is open is to be settled. */
  boolean calm;

  /** How often old tombstones were read. */
  int recalls;

  /** How many entries of the map were evicted. */
  int evictedEntries;

  /** How often a commit met no entry of its space in the map. */
  int mergedIntoNothing;

  /** How often a replica was loaded from an entry of the map. */
  int readThrough;

  private long topicDeadUntil;

  World(long seed, Twin twin) {
    this.random = new Random(seed);
    this.twin = twin;
    this.routed = chance(70);
    this.hasPast = seed % 5 == 2;
    this.bursts = seed % 4 == 1;
    this.store = new SimStore(this);
    this.history = new GridHistory(store.log());
    this.network = new SimNetwork(this);
    this.map = new SimMap(this);
  }

  /** All spaces that are there, or will be. */
  List<SpaceName> spaces() {
    return hasPast ? GridSim.SPACES_AND_PAST : GridSim.SPACES;
  }

  boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  /** Whether nothing was wrong with the store and that member since then. */
  boolean isHealthySince(SimMember member, long since) {
    return member.troubledUntil() <= since && store.troubledUntil() <= since;
  }

  /** For so long announcements reach nobody. */
  void killTopic(long span) {
    topicDeadUntil = time.nanos() + span;
  }

  boolean topicIsDead() {
    return time.nanos() < topicDeadUntil;
  }

  /** Somewhere in {@code [0, most)}. */
  long upTo(long most) {
    return (long) (random.nextDouble() * most);
  }

  /** How long a message takes: mostly a few milliseconds, now and then long. */
  long delay() {
    long millis = !calm && chance(2) ? 40 + random.nextInt(100) : random.nextInt(4);
    return millis * Timeline.MILLI + 1 + random.nextInt(1000);
  }
}
