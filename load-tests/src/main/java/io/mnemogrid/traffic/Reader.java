package io.mnemogrid.traffic;

import io.mnemogrid.check.Evidence;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Timeline;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Reads one member over HTTP all the time, one space after the other ({@link Wander}), and writes
 * down which version it showed, and when it answered.
 */
public final class Reader implements Runnable {
  /**
   * A small value that is there from the beginning; the tag of the answer names the version that
   * was read.
   */
  public static final String PATH = "/start";

  private static final int EVERY_MILLIS = 25;
  private static final Duration PATIENCE = Duration.ofSeconds(2);

  private final MemberApi api;
  private final List<SpaceName> spaces;
  private final Journal journal;
  private final Timeline answered;
  private final BooleanSupplier over;

  public Reader(
      MemberApi api,
      List<SpaceName> spaces,
      Journal journal,
      Timeline answered,
      BooleanSupplier over) {
    this.api = api;
    this.spaces = spaces;
    this.journal = journal;
    this.answered = answered;
    this.over = over;
  }

  @Override
  public void run() {
    for (int i = 0; !over.getAsBoolean(); i++) {
      SpaceName space = Wander.at(spaces, i);
      if (read(api, space, "reader", 0, PATIENCE, journal)) {
        answered.add(System.nanoTime());
      }
      MemberProcess.pause(EVERY_MILLIS);
    }
  }

  /** Reads once and notes it; false when there was no answer. */
  static boolean read(
      MemberApi api, SpaceName space, String agent, long own, Duration patience, Journal journal) {
    long began = System.nanoTime();
    MemberApi.Reply reply = api.tryGet("/v1/spaces/" + space + "/state?path=" + PATH, patience);
    if (reply == null || reply.status() == 503) {
      return false;
    }
    if (reply.status() != 200 || !reply.isTagged()) {
      journal.surprise(
          "%s answered a read with %d: %s".formatted(api.name(), reply.status(), reply.body()));
      return false;
    }
    journal.read(
        space,
        new Evidence.Read(agent, api.name(), began, reply.version(), reply.leafPrefix(), own));
    return true;
  }
}
