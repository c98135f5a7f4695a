package io.mnemogrid.drill;

import io.mnemogrid.client.MemberApi;
import io.mnemogrid.process.MemberProcess;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPOutputStream;

/**
 * Clients that ask for as much as they may. Bodies are made once and sent from where they stand,
 * and answers are counted and not kept, so that the clients take little of the machine.
 */
final class Greed {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final Duration FINAL = Duration.ofSeconds(60);
  private static final int SPACES = 4;
  private static final int MOST_FLAWS = 20;
  private static final long MIB = 1 << 20;

  /** A stream of lines has no end that anybody waits for. */
  private static final long ENOUGH_OF_A_STREAM = 32 * MIB;

  /** All do the same for so long, and different things for as long before it. */
  private static final Duration STORM = Duration.ofSeconds(5);

  /** More readers that read nothing would use up what answers may take, and end all other load. */
  private static final int STALLED = 12;

  private static final Duration STALL = Duration.ofSeconds(8);

  /** What closes a delta of one change. */
  private static final String TAIL = "}]}}";

  private static final Pattern CODE = Pattern.compile("\"code\":\"([a-z-]+)\"");
  private static final Pattern ADDRESS = Pattern.compile("ipfs://([a-z0-9]+)");

  /** A kind of request; each has its own answers in the report. */
  enum Kind {
    ROLLBACKS,
    DENSE_BODIES,
    PACKED_BODIES,
    DOCUMENTS,
    PACKED_PAGES,
    OLD_DOCUMENTS,
    LARGE_DELTAS,
    PAGES,
    HISTORIES,
    LINES,
    LATE_DELTAS,
    LISTS,
    LONG_LISTS,
    WIDE_DELTAS,
    LONG_NUMBERS,
    DIFFS,
    DELETES,
    POLICIES,
    AUDITS,
    CHECKPOINTS,
    FACT_PROOFS,
    UPDATE_PROOFS,
    CONSISTENCY_PROOFS,
    BLOBS,
    STALLED_READERS
  }

  private final int port;
  private final BooleanSupplier isAlive;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final Map<Kind, Map<String, LongAdder>> answers = new ConcurrentSkipListMap<>();
  private final AtomicLong ids = new AtomicLong();
  private final Map<String, Boolean> addresses = new ConcurrentHashMap<>();
  private final Semaphore stalled = new Semaphore(STALLED);
  private final List<String> flaws = new ArrayList<>(); // guarded by itself

  private final byte[] large = bytes(largeValue());
  private final byte[] wide = bytes(wideValue(330_000));
  private final byte[] dense = bytes("[" + "{},".repeat(1_390_000) + "{}]");
  private final byte[] numbers = bytes("[" + ("0." + "1".repeat(980) + ",").repeat(4_200) + "1]");
  private final byte[] longList = bytes(list(25_000));
  private final byte[] policy = bytes("{\"x\":\"" + "p".repeat(4_000_000) + "\"}");
  private final byte[] packed = packed(delta("packed", 0, "/packed", utf8(dense)));

  Greed(int port, BooleanSupplier isAlive) {
    this.port = port;
    this.isAlive = isAlive;
  }

  /** Makes spaces with some large versions, and a final checkpoint of them. */
  void prepare() {
    MemberApi api = new MemberApi(port);
    for (int i = 0; i < SPACES; i++) {
      String space = space(i);
      put(Kind.POLICIES, space, BodyPublishers.noBody());
      post(Kind.LATE_DELTAS, space + "/updates", delta(id(), 0, "/a", "1"));
      post(Kind.LARGE_DELTAS, space + "/updates", delta(0, "/big/0", large));
      post(Kind.LARGE_DELTAS, space + "/updates", delta(0, "/big/1", large));
    }
    api.requestCheckpoint();
    long began = System.nanoTime();
    while (!hasFinal(api)) {
      if (System.nanoTime() - began > FINAL.toNanos()) {
        throw new IllegalStateException("no checkpoint becomes final on a quiet member");
      }
      MemberProcess.pause(100);
    }
  }

  private static boolean hasFinal(MemberApi api) {
    return api.checkpoints().stream().anyMatch(one -> one.text("status").equals("finalized"));
  }

  /** Plays for so long; returns when all clients have ended. */
  void play(int clients, Duration time) {
    long began = System.nanoTime();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      for (int i = 0; i < clients; i++) {
        int client = i;
        all.add(threads.submit(() -> play(client, began, time)));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("the drill itself failed", e.getCause());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while it played", e);
    }
  }

  private void play(int client, long began, Duration time) {
    Kind[] kinds = Kind.values();
    for (int n = client; System.nanoTime() - began < time.toNanos(); n++) {
      if (!isAlive.getAsBoolean()) {
        return;
      }
      long slot = (System.nanoTime() - began) / STORM.toNanos();
      boolean storm = slot % 2 == 1;
      play(kinds[storm ? (int) (slot / 2 % kinds.length) : n % kinds.length], n);
    }
  }

  /** How many answers there were, by kind, then by status and code. */
  Map<String, Map<String, Long>> answers() {
    Map<String, Map<String, Long>> all = new TreeMap<>();
    answers.forEach((kind, counts) -> {
      Map<String, Long> counted = new TreeMap<>();
      counts.forEach((what, count) -> counted.put(what, count.sum()));
      all.put(kind.name(), counted);
    });
    return all;
  }

  /** What is wrong, in sentences. */
  List<String> flaws() {
    synchronized (flaws) {
      return List.copyOf(flaws);
    }
  }

  private void flaw(String what) {
    synchronized (flaws) {
      if (flaws.size() < MOST_FLAWS) {
        flaws.add(what);
      }
    }
  }

  // the kinds

  private void play(Kind kind, int n) {
    String space = space(n / 7);
    String updates = space + "/updates";
    int version = 1 + n % 3;
    switch (kind) {
      case ROLLBACKS ->
          post(
              kind,
              space + "/rollback",
              bytes(
                  "{\"to\":%d,\"author\":\"bot-a\",\"update_id\":\"%s\"}"
                      .formatted(version, id())));
      case DENSE_BODIES -> post(kind, updates, delta(0, "/dense", dense));
      case PACKED_BODIES -> sendPacked(kind, updates);
      case DOCUMENTS -> get(kind, space + (n % 2 == 0 ? "/state" : "/summary"));
      case PACKED_PAGES -> get(kind, updates + "?limit=500", "Accept-Encoding", "gzip");
      case OLD_DOCUMENTS -> get(kind, space + "/state?path=/a&at=" + version);
      case LARGE_DELTAS -> post(kind, updates, delta(0, "/big/" + n % 40, large));
      case PAGES -> get(kind, updates + (n % 2 == 0 ? "" : "?limit=500"));
      case HISTORIES -> get(kind, space + "/history?path=&limit=500");
      case LINES -> get(kind, updates, "Accept", "application/x-ndjson");
      case LATE_DELTAS -> post(kind, updates, delta(id(), 0, "/late/" + n, "1"));
      case LISTS -> post(kind, updates, bytes(list(1000)));
      case LONG_LISTS -> post(kind, updates, longList);
      case WIDE_DELTAS -> post(kind, updates, delta(0, "/wide", wide));
      case LONG_NUMBERS -> post(kind, updates, delta(0, "/numbers", numbers));
      case DIFFS -> get(kind, space + "/diff?from=" + n % 3);
      case DELETES -> post(kind, updates, delta(id(), 0, "/big", "{\"gone\":true}"));
      case POLICIES -> put(kind, "/v1/spaces/policy" + n, BodyPublishers.ofByteArray(policy));
      case AUDITS -> {
        post(kind, "/v1/audits", new byte[0]);
        get(kind, "/v1/audits/latest");
      }
      case CHECKPOINTS -> {
        post(kind, "/v1/checkpoints", new byte[0]);
        remember(get(kind, "/v1/checkpoints?limit=500"));
      }
      case FACT_PROOFS -> get(kind, space + "/proofs/fact?path=/a");
      case UPDATE_PROOFS -> get(kind, space + "/proofs/update?version=2");
      case CONSISTENCY_PROOFS -> get(kind, space + "/proofs/consistency?from=1");
      case BLOBS ->
          addresses.keySet().stream()
              .skip(addresses.isEmpty() ? 0 : n % addresses.size())
              .findFirst()
              .ifPresentOrElse(
                  address -> remember(get(kind, "/v1/blobs/" + address)),
                  () -> remember(get(kind, "/v1/checkpoints")));
      case STALLED_READERS -> stall(kind, n % 2 == 0 ? updates : space + "/state?path=/big/1");
    }
  }

  /** The addresses of blobs that an answer names. */
  private void remember(String answer) {
    Matcher found = ADDRESS.matcher(answer);
    while (found.find() && addresses.size() < 1000) {
      addresses.put(found.group(1), true);
    }
  }

  /** Asks and does not read for a while. */
  private void stall(Kind kind, String path) {
    if (!stalled.tryAcquire()) {
      MemberProcess.pause(50);
      return;
    }
    try (Socket socket = new Socket()) {
      socket.setReceiveBufferSize(4096);
      socket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      socket
          .getOutputStream()
          .write(bytes("GET " + path + " HTTP/1.1\r\nHost: 127.0.0.1:" + port + "\r\n\r\n"));
      MemberProcess.pause(STALL.toMillis());
      count(kind, "left");
    } catch (IOException e) {
      count(kind, "no answer: " + e.getClass().getSimpleName());
    } finally {
      stalled.release();
    }
  }

  private static String space(int n) {
    return "/v1/spaces/s" + n % SPACES;
  }

  private String id() {
    return "adversary-" + ids.incrementAndGet();
  }

  // bodies

  private static String delta(String id, long base, String path, String value) {
    return head(id, base, path) + value + TAIL;
  }

  private static String head(String id, long base, String path) {
    return "{\"update_id\":\""
        + id
        + "\",\"base\":"
        + base
        + ",\"author\":\"bot-a\",\"timestamp\":\"2026-02-05T19:00:50Z\",\"type\":\"t\","
        + "\"changes\":{\"added\":[{\"key\":\""
        + path
        + "\",\"value\":";
  }

  /** A delta of a value that is sent from where it stands. */
  private BodyPublisher delta(long base, String path, byte[] value) {
    return BodyPublishers.concat(
        BodyPublishers.ofString(head(id(), base, path)),
        BodyPublishers.ofByteArray(value),
        BodyPublishers.ofString(TAIL));
  }

  /** 3.5 MB in 14 leaves. */
  private static String largeValue() {
    String leaf = '"' + "x".repeat(250_000) + '"';
    StringBuilder value = new StringBuilder("{");
    for (int i = 0; i < 14; i++) {
      value.append(i == 0 ? "" : ",").append("\"k").append(i).append("\":").append(leaf);
    }
    return value.append('}').toString();
  }

  private static String wideValue(int members) {
    StringBuilder value = new StringBuilder("{");
    for (int i = 0; i < members; i++) {
      value.append(i == 0 ? "" : ",").append("\"m").append(i).append("\":1");
    }
    return value.append('}').toString();
  }

  private String list(int deltas) {
    StringBuilder all = new StringBuilder("[");
    for (int i = 0; i < deltas; i++) {
      all.append(i == 0 ? "" : ",").append(delta(id(), 0, "/l/" + i % 100, "1"));
    }
    return all.append(']').toString();
  }

  private static byte[] packed(String text) {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(packed)) {
      out.write(bytes(text));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return packed.toByteArray();
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  private static String utf8(byte[] text) {
    return new String(text, StandardCharsets.UTF_8);
  }

  // requests

  private String get(Kind kind, String path, String... headers) {
    HttpRequest.Builder request = request(path);
    return send(kind, headers.length == 0 ? request : request.headers(headers));
  }

  private void post(Kind kind, String path, String body) {
    post(kind, path, bytes(body));
  }

  private void post(Kind kind, String path, byte[] body) {
    post(kind, path, BodyPublishers.ofByteArray(body));
  }

  private void post(Kind kind, String path, BodyPublisher body) {
    send(kind, request(path).header("Content-Type", "application/json").POST(body));
  }

  private void put(Kind kind, String path, BodyPublisher body) {
    send(kind, request(path).header("Content-Type", "application/json").PUT(body));
  }

  private void sendPacked(Kind kind, String path) {
    send(
        kind,
        request(path)
            .header("Content-Type", "application/json")
            .header("Content-Encoding", "gzip")
            .POST(BodyPublishers.ofByteArray(packed)));
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE);
  }

  /** Sends it, counts the answer, and returns its first kilobytes. */
  private String send(Kind kind, HttpRequest.Builder builder) {
    HttpRequest request = builder.build();
    try {
      HttpResponse<InputStream> response = http.send(request, BodyHandlers.ofInputStream());
      try (InputStream body = response.body()) {
        byte[] begin = body.readNBytes(64 << 10);
        long size = begin.length + drain(body);
        String text = utf8(begin);
        int status = response.statusCode();
        Matcher code = CODE.matcher(text);
        count(kind, status < 400 ? "" + status : status + (code.find() ? " " + code.group(1) : ""));
        if (size > most(kind)) {
          flaw(kind + ": " + request.uri().getPath() + " was answered with " + size + " bytes");
        }
        if (status == 500) {
          flaw(kind + ": " + request.uri() + " was answered with 500: " + text);
        }
        return text;
      }
    } catch (IOException e) {
      count(kind, "no answer: " + e.getClass().getSimpleName());
      return "";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("stopped while it asked", e);
    }
  }

  private static long drain(InputStream body) throws IOException {
    byte[] some = new byte[64 << 10];
    long size = 0;
    for (int read = body.read(some); read >= 0; read = body.read(some)) {
      size += read;
      if (size > ENOUGH_OF_A_STREAM) {
        break;
      }
    }
    return size;
  }

  /** Streams and blobs have no bound; the proof of an update has its own. */
  private static long most(Kind kind) {
    return switch (kind) {
      case LINES, BLOBS -> Long.MAX_VALUE;
      case UPDATE_PROOFS -> 14 * MIB + MIB; // what surrounds the record
      default -> 8 * MIB;
    };
  }

  private void count(Kind kind, String what) {
    answers
        .computeIfAbsent(kind, _ -> new ConcurrentSkipListMap<>())
        .computeIfAbsent(what, _ -> new LongAdder())
        .increment();
  }
}
