package io.mnemogrid.traffic;

import io.mnemogrid.check.Evidence;
import io.mnemogrid.client.MemberApi;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.state.SpaceName;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * Follows one space at one member as a stream of events for a while, then another one at another
 * member ({@link Wander}). A stream that leaves a version out, tells one twice, or says that the
 * history is another one, is a surprise; the last version of each stream is noted as what was read.
 */
public final class Follower implements Runnable {
  private static final int LEAST_MILLIS = 300;
  private static final int MOST_MILLIS = 3000;

  /** How the streams of a run went. Safe for all threads. */
  public static final class Tally {
    private final LongAdder streams = new LongAdder();
    private final LongAdder commits = new LongAdder();

    /** How many streams told where they begin. */
    public long streams() {
      return streams.sum();
    }

    /** How many commits they told. */
    public long commits() {
      return commits.sum();
    }
  }

  private final List<URI> members;
  private final List<SpaceName> spaces;
  private final Random random;
  private final Journal journal;
  private final Tally tally;
  private final BooleanSupplier over;
  private final HttpClient http = MemberApi.client();
  private final long began = System.nanoTime();

  /**
   * A follower.
   *
   * @param members where each is to be asked over HTTP
   */
  public Follower(
      List<URI> members,
      List<SpaceName> spaces,
      long seed,
      Journal journal,
      Tally tally,
      BooleanSupplier over) {
    this.members = List.copyOf(members);
    this.spaces = spaces;
    this.random = new Random(seed);
    this.journal = journal;
    this.tally = tally;
    this.over = over;
  }

  @Override
  public void run() {
    while (!over.getAsBoolean()) {
      follow(members.get(random.nextInt(members.size())), Wander.next(spaces, random));
    }
  }

  private void follow(URI member, SpaceName space) {
    boolean fromTheFirst = !Wander.isBusy(spaces, space) && random.nextInt(4) == 0;
    String query = "?values=no" + (fromTheFirst ? "&since=1" : "");
    URI uri = member.resolve("/v1/spaces/" + space + "/events" + query);
    Stream stream = new Stream(member, space);
    CompletableFuture<HttpResponse<@Nullable Void>> answer =
        http.sendAsync(
            HttpRequest.newBuilder(uri).header("Accept", "text/event-stream").build(),
            info -> {
              int status = info.statusCode();
              if (status == 200) {
                return BodyHandlers.fromLineSubscriber(stream).apply(info);
              }
              if (status != 503) { // the store cannot be asked
                journal.surprise("a stream of " + uri + " was answered " + status);
              }
              return HttpResponse.BodySubscribers.discarding();
            });
    MemberProcess.pause(LEAST_MILLIS + random.nextInt(MOST_MILLIS - LEAST_MILLIS));
    answer.cancel(true);
    stream.end();
  }

  /** What one stream told. Its methods are called by one thread after the other. */
  private final class Stream implements Flow.Subscriber<String> {
    private final URI member;
    private final SpaceName space;
    private String name = "";
    private String id = "";
    private long last = -1; // the version that was told last
    private String leafPrefix = ""; // of that version, once a commit was told
    private boolean isOver;

    Stream(URI member, SpaceName space) {
      this.member = member;
      this.space = space;
    }

    @Override
    public void onSubscribe(Flow.Subscription subscription) {
      subscription.request(Long.MAX_VALUE);
    }

    @Override
    public synchronized void onNext(String line) {
      if (line.startsWith("event: ")) {
        name = line.substring("event: ".length());
      } else if (line.startsWith("id: ")) {
        id = line.substring("id: ".length());
      } else if (line.isEmpty() && !id.isEmpty() && !isOver) {
        took();
        name = "";
      }
    }

    private void took() {
      long version = Long.parseLong(id.substring(0, id.indexOf('.')));
      if (name.equals("reset") || name.equals("held")) {
        journal.surprise("a stream of %s at %s says %s".formatted(space, member, name));
      } else if (name.equals("commit")) {
        tally.commits.increment();
        if (last >= 0 && version != last + 1) {
          journal.surprise(
              "a stream of %s at %s tells %d after %d".formatted(space, member, version, last));
        }
        last = version;
        leafPrefix = id.substring(id.indexOf('.') + 1);
      } else if (last < 0 && name.isEmpty()) {
        tally.streams.increment();
        last = version;
      }
    }

    /** An event says nothing of what else there is, so it is a read that began long ago. */
    private synchronized void end() {
      isOver = true;
      if (!leafPrefix.isEmpty()) {
        journal.read(
            space, new Evidence.Read("follower", member.toString(), began, last, leafPrefix, 0));
      }
    }

    @Override
    public void onError(Throwable thrown) {} // a member that ends, or the end of a stay

    @Override
    public void onComplete() {}
  }
}
