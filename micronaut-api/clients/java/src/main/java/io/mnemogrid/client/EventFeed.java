package io.mnemogrid.client;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.http.HttpResponse.BodySubscriber;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Flow;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * One connection of server-sent events: the lines of its body, taken no faster than they are read.
 * One thread reads; any thread closes.
 */
final class EventFeed implements BodySubscriber<EventFeed> {
  /** At most two parts wait: the next is asked for when one was taken. Empty at the end. */
  private final LinkedBlockingQueue<Optional<byte[]>> parts = new LinkedBlockingQueue<>();

  private final ByteArrayOutputStream line = new ByteArrayOutputStream();
  private byte[] part = {};
  private int at;
  private volatile Flow.Subscription subscription;
  private volatile boolean isClosed;

  @Override
  public CompletionStage<EventFeed> getBody() {
    return CompletableFuture.completedFuture(this);
  }

  @Override
  public void onSubscribe(Flow.Subscription given) {
    subscription = given;
    if (isClosed) {
      given.cancel();
    } else {
      given.request(1);
    }
  }

  @Override
  public void onNext(List<ByteBuffer> buffers) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    for (ByteBuffer buffer : buffers) {
      byte[] some = new byte[buffer.remaining()];
      buffer.get(some);
      bytes.writeBytes(some);
    }
    if (bytes.size() > 0) {
      parts.add(Optional.of(bytes.toByteArray()));
    } else {
      subscription.request(1);
    }
  }

  @Override
  public void onError(Throwable failure) {
    parts.add(Optional.empty());
  }

  @Override
  public void onComplete() {
    parts.add(Optional.empty());
  }

  void close() {
    isClosed = true;
    Flow.Subscription given = subscription;
    if (given != null) {
      given.cancel();
    }
    parts.add(Optional.empty());
  }

  /**
   * The next line, without its end; empty when none has come within {@code patience}.
   *
   * @throws IOException when the connection has ended
   */
  Optional<String> line(Duration patience) throws IOException, InterruptedException {
    long end = System.nanoTime() + patience.toNanos();
    while (true) {
      while (at < part.length) {
        byte next = part[at++];
        if (next == '\n') {
          return Optional.of(takeLine());
        }
        line.write(next);
        if (line.size() > Transport.MAX_ANSWER_BYTES) {
          throw new BadAnswerException(
              "an event is over " + Transport.MAX_ANSWER_BYTES + " bytes", null);
        }
      }
      Optional<byte[]> taken =
          parts.poll(Math.max(0, end - System.nanoTime()), TimeUnit.NANOSECONDS);
      if (taken == null) {
        return Optional.empty();
      }
      if (taken.isEmpty()) {
        parts.add(Optional.empty()); // for whoever asks again
        throw new IOException("the stream has ended");
      }
      part = taken.get();
      at = 0;
      subscription.request(1);
    }
  }

  private String takeLine() {
    String text = line.toString(StandardCharsets.UTF_8);
    line.reset();
    return text.endsWith("\r") ? text.substring(0, text.length() - 1) : text;
  }
}
