package io.mnemogrid.traffic;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.check.RollEvent;
import io.mnemogrid.check.RollEvent.Kind;
import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.Request;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.SpaceName;
import java.time.Instant;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * Commits over HTTP to one server. When that server gives no answer, it sends the same id to the
 * next one.
 */
public final class RollWriter implements Runnable {
  private static final int THINK_MILLIS = 15;

  private final String name;
  private final SpaceName space;
  private final List<MemberApi> servers;
  private final Consumer<RollEvent> journal;
  private final BooleanSupplier over;
  private final boolean churns;
  private int server;
  private long seen;

  public RollWriter(
      String name,
      SpaceName space,
      List<MemberApi> servers,
      int first,
      Consumer<RollEvent> journal,
      BooleanSupplier over,
      boolean churns) {
    this.name = name;
    this.space = space;
    this.servers = servers;
    this.server = first;
    this.journal = journal;
    this.over = over;
    this.churns = churns;
  }

  @Override
  public void run() {
    try {
      write();
    } catch (RuntimeException e) {
      note(Kind.REFUSED, System.nanoTime(), System.nanoTime(), 0, name + " failed: " + e);
    }
  }

  private void write() {
    for (long n = 0; !over.getAsBoolean(); n++) {
      Delta delta =
          RollMember.change(
                  new DeltaBuilder(new Author(name), seen, Instant.now()), name, n, churns)
              .build();
      commit(delta.id().text(), Request.of(space, delta));
      MemberProcess.pause(THINK_MILLIS);
    }
  }

  private void commit(String id, Request request) {
    long began = System.nanoTime();
    while (true) {
      MemberApi.Reply reply =
          servers.get(server % servers.size()).commit(space, request.body(), MemberApi.PATIENCE);
      long now = System.nanoTime();
      if (reply == null) {
        note(Kind.NO_ANSWER, now, began, 0, "");
        server++;
      } else if (reply.status() == 201 || reply.status() == 200) {
        seen = Answered.parse(reply.body()).whole("version");
        note(Kind.ACKNOWLEDGED, now, began, seen, id);
        return;
      } else if (reply.status() == 202) {
        note(Kind.UNKNOWN, now, began, 0, why(reply));
      } else if (reply.status() == 503) {
        note(Kind.NOT_APPLIED, now, began, 0, why(reply));
        server++;
      } else {
        note(Kind.REFUSED, now, began, 0, reply.status() + " " + why(reply));
        return;
      }
      MemberProcess.pause(THINK_MILLIS);
    }
  }

  private static String why(MemberApi.Reply reply) {
    return reply.body().startsWith("{") && Answered.parse(reply.body()).has("detail")
        ? Answered.parse(reply.body()).text("detail")
        : reply.body();
  }

  private void note(Kind kind, long now, long began, long version, String text) {
    journal.accept(new RollEvent(kind, space.text(), now, now - began, version, text));
  }
}
