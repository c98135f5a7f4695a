package io.mnemogrid.bench;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Clients that follow one space, on one thread, and take note of when each version came to each of
 * them. They look for the lines with ids and at nothing else, so that they take little of the
 * machine.
 */
final class EventClients implements AutoCloseable {
  private static final int TAKEN_AT_ONCE = 256 << 10;
  private static final byte[] ID = "\nid: ".getBytes(StandardCharsets.US_ASCII);

  private final Selector selector = Selector.open();
  private final List<Client> clients = new ArrayList<>();
  private final List<SocketChannel> stalled = new ArrayList<>();
  private final CountDownLatch begun;
  private final AtomicLong gaps = new AtomicLong();
  private final AtomicLong duplicates = new AtomicLong();
  private final AtomicLong ended = new AtomicLong();
  private final AtomicLong bytes = new AtomicLong();
  private final long began = System.nanoTime();
  private final Thread thread;
  private volatile boolean isOpen = true;
  private volatile @Nullable Exception failure;

  /** One connection, and when each version came by it; used by the thread that reads. */
  private static final class Client {
    final SocketChannel channel;
    long first = -1; // the version where it began
    volatile long last = -1;
    int[] micros = new int[1024]; // of version first + 1 + index
    int matched; // bytes of ID that were seen
    long number;
    boolean inNumber;

    Client(SocketChannel channel) {
      this.channel = channel;
    }
  }

  /** So many clients of a space on that port, each of which has begun. */
  EventClients(int port, String space, int count) throws IOException, InterruptedException {
    begun = new CountDownLatch(count);
    for (int i = 0; i < count; i++) {
      SocketChannel channel = open(port, space);
      channel.configureBlocking(false);
      Client client = new Client(channel);
      clients.add(client);
      channel.register(selector, SelectionKey.OP_READ, client);
    }
    thread = Thread.ofPlatform().name("event-clients").daemon().start(this::read);
    if (!begun.await(60, TimeUnit.SECONDS)) {
      throw new IllegalStateException(begun.getCount() + " of " + count + " streams did not begin");
    }
  }

  private static SocketChannel open(int port, String space) throws IOException {
    SocketChannel channel =
        SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    String request =
        "GET %s/events HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nAccept: text/event-stream\r\n\r\n"
            .formatted(space, port);
    channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
    return channel;
  }

  /** Further clients, which ask and never read. */
  void stall(int port, String space, int count) throws IOException {
    for (int i = 0; i < count; i++) {
      SocketChannel channel = open(port, space);
      channel.setOption(StandardSocketOptions.SO_RCVBUF, 4096);
      stalled.add(channel);
    }
  }

  private void read() {
    ByteBuffer buffer = ByteBuffer.allocateDirect(TAKEN_AT_ONCE);
    byte[] taken = new byte[TAKEN_AT_ONCE];
    try {
      while (isOpen) {
        selector.select(key -> {
          Client client = (Client) key.attachment();
          try {
            take(client, key, buffer, taken);
          } catch (IOException e) {
            ended.incrementAndGet();
            key.cancel();
          }
        });
      }
    } catch (IOException | RuntimeException e) {
      failure = e;
    }
  }

  private void take(Client client, SelectionKey key, ByteBuffer buffer, byte[] taken)
      throws IOException {
    buffer.clear();
    int count = client.channel.read(buffer);
    if (count < 0) {
      ended.incrementAndGet();
      key.cancel();
      return;
    }
    int now = (int) ((System.nanoTime() - began) / 1000);
    bytes.addAndGet(count);
    buffer.flip();
    buffer.get(taken, 0, count);
    for (int i = 0; i < count; i++) {
      byte next = taken[i];
      if (client.inNumber) {
        if (next >= '0' && next <= '9') {
          client.number = client.number * 10 + next - '0';
        } else {
          client.inNumber = false;
          came(client, client.number, now);
        }
      } else if (next == ID[client.matched]) {
        client.matched++;
        if (client.matched == ID.length) {
          client.matched = 0;
          client.number = 0;
          client.inNumber = true;
        }
      } else {
        client.matched = next == ID[0] ? 1 : 0;
      }
    }
  }

  private void came(Client client, long version, int now) {
    if (client.first < 0) {
      client.first = version;
      client.last = version;
      begun.countDown();
      return;
    }
    if (version <= client.last) {
      duplicates.incrementAndGet();
      return;
    }
    gaps.addAndGet(version - client.last - 1);
    int at = (int) (version - client.first - 1);
    if (at >= client.micros.length) {
      client.micros = Arrays.copyOf(client.micros, Math.max(at + 1, client.micros.length * 2));
    }
    client.micros[at] = now;
    client.last = version;
  }

  /** Returns when all are at that version, or this many seconds are over. */
  void awaitVersion(long version, long seconds) throws InterruptedException {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
    while (clients.stream().anyMatch(client -> client.last < version)
        && System.nanoTime() < deadline) {
      TimeUnit.MILLISECONDS.sleep(50);
    }
    Exception met = failure;
    if (met != null) {
      throw new IllegalStateException("the clients failed", met);
    }
  }

  /**
   * What was measured from one version to another.
   *
   * @param late how long after it was sent a commit came to a client, in microseconds, ascending
   * @param missing events that a client did not get, those after a gap included
   */
  record Told(int[] late, long missing, long gaps, long duplicates, long ended, long bytes) {
    double millis(double part) {
      return late.length == 0
          ? Double.NaN
          : late[(int) Math.min(late.length - 1L, (long) (late.length * part))] / 1000.0;
    }
  }

  /** Compares with when each version was sent, which the array has from {@code from} on. */
  Told told(long from, long[] sentNanos) {
    int[] late = new int[Math.multiplyExact(sentNanos.length, clients.size())];
    int count = 0;
    long missing = 0;
    for (Client client : clients) {
      for (int i = 0; i < sentNanos.length; i++) {
        int at = (int) (from + i - client.first - 1);
        int came = at >= 0 && at < client.micros.length ? client.micros[at] : 0;
        if (came == 0 || from + i > client.last) {
          missing++;
        } else {
          late[count++] = (int) (came - (sentNanos[i] - began) / 1000);
        }
      }
    }
    int[] sorted = Arrays.copyOf(late, count);
    Arrays.sort(sorted);
    return new Told(sorted, missing, gaps.get(), duplicates.get(), ended.get(), bytes.get());
  }

  @Override
  public void close() throws IOException {
    isOpen = false;
    selector.wakeup();
    for (Client client : clients) {
      client.channel.close();
    }
    for (SocketChannel channel : stalled) {
      channel.close();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    selector.close();
  }
}
