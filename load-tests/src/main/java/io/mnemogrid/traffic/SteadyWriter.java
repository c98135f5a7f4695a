package io.mnemogrid.traffic;

import io.mnemogrid.DeltaBuilder;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.client.MemberApi.Reply;
import io.mnemogrid.client.Request;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Members;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * A bot that never stops committing, through whichever member answers. What gets no answer it sends
 * again under the same id, to another one. Its choices follow from its seed.
 */
public final class SteadyWriter implements Runnable {
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private final String name;
  private final Random random;
  private final Members members;
  private final List<SpaceName> spaces;
  private final Duration pause;
  private final AtomicLong committed;
  private final BooleanSupplier over;
  private long sent;

  public SteadyWriter(
      String name,
      long seed,
      Members members,
      List<SpaceName> spaces,
      Duration pause,
      AtomicLong committed,
      BooleanSupplier over) {
    this.name = name;
    this.random = new Random(seed);
    this.members = members;
    this.spaces = spaces;
    this.pause = pause;
    this.committed = committed;
    this.over = over;
  }

  @Override
  public void run() {
    while (!over.getAsBoolean()) {
      SpaceName space = spaces.get(random.nextInt(spaces.size()));
      DeltaBuilder delta =
          new DeltaBuilder(new Author(name), 0, Instant.now()).id(name + "-" + sent++);
      String key = "/k" + random.nextInt(20);
      Request request =
          Request.of(
              space,
              switch (random.nextInt(10)) {
                case 0 -> delta.delete("/own/" + name + key).build();
                case 1 -> delta.set("/lists" + key, Json.parse("[1,{\"x\":2},null]")).build();
                case 2, 3 -> delta.set("/shared" + key, Json.of(random.nextInt(1000))).build();
                default ->
                    delta.set("/own/" + name + key, Json.of("ü " + random.nextInt())).build();
              });
      while (!over.getAsBoolean() && !stands(request)) {
        MemberProcess.pause(20);
      }
      MemberProcess.pause(pause.toMillis());
    }
  }

  private boolean stands(Request request) {
    List<Integer> running = members.running();
    if (running.isEmpty()) {
      return false;
    }
    MemberApi api = members.api(running.get(random.nextInt(running.size())));
    Reply reply = api.commit(request.space(), request.body(), PATIENCE);
    if (reply == null || reply.status() == 202 || reply.status() == 503) {
      return false;
    }
    reply.want(200, 201);
    committed.incrementAndGet();
    return true;
  }
}
