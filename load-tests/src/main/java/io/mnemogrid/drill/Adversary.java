package io.mnemogrid.drill;

import io.mnemogrid.process.Launch;
import io.mnemogrid.process.MemberProcess;
import io.mnemogrid.process.Ports;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * Clients that all ask one member with a small heap for as much as they may: large updates, whole
 * pages, deltas and lists on base 0, deletes and rollbacks of everything, policies, bodies over the
 * bound. The member must survive it, give a reason for each refusal, and answer its liveness within
 * a second all the time. {@code Adversary --seconds 600 --clients 64 --heap 512m}.
 */
public final class Adversary {
  private static final int SPACES = 4;
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int MOST_OF_AN_ANSWER = 8 << 20;

  /**
   * What was seen.
   *
   * @param answers how many answers there were, by status and code
   * @param slowestLivenessMillis how long the slowest liveness answer took
   * @param largestBytes the size of the largest answer
   * @param flaws what is wrong, in sentences
   */
  public record Report(
      Map<String, Long> answers,
      long slowestLivenessMillis,
      long largestBytes,
      List<String> flaws) {}

  private final int port;
  private final MemberProcess member;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(10))
          .build();
  private final Map<String, LongAdder> answers = new ConcurrentSkipListMap<>();
  private final AtomicLong slowest = new AtomicLong();
  private final AtomicLong largest = new AtomicLong();
  private final AtomicLong ids = new AtomicLong();
  private final List<String> flaws = new ArrayList<>(); // guarded by itself

  private Adversary(int port, MemberProcess member) {
    this.port = port;
    this.member = member;
  }

  /**
   * Plays the drill. The member's log and data stay in a temporary folder. Exit code 1 when
   * something is wrong.
   */
  public static void main(String[] arguments) throws Exception {
    Map<String, String> options = new TreeMap<>();
    for (int i = 0; i + 1 < arguments.length; i += 2) {
      options.put(arguments[i], arguments[i + 1]);
    }
    Path folder = Files.createTempDirectory("mnemogrid-adversary");
    Report report =
        play(
            MemberProcess.packaged(Path.of("").toAbsolutePath()),
            folder,
            options.getOrDefault("--heap", "512m"),
            Integer.parseInt(options.getOrDefault("--clients", "64")),
            Duration.ofSeconds(Long.parseLong(options.getOrDefault("--seconds", "600"))),
            System.out);
    System.exit(report.flaws.isEmpty() ? 0 : 1);
  }

  static Report play(
      Path jar, Path folder, String heap, int clients, Duration time, PrintStream out) {
    List<Integer> ports = Ports.free(2);
    try (MemberProcess member =
        Launch.member(jar)
            .flags("-Xmx" + heap)
            .notary()
            .data(folder.resolve("data"))
            .ports(ports.get(0), ports.get(1))
            .start(folder.resolve("member.log"))) {
      member.awaitHealthy(ports.get(0));
      Adversary adversary = new Adversary(ports.get(0), member);
      Report report = adversary.run(clients, time);
      out.printf(
          "%d clients, -Xmx%s, %d s: slowest liveness %d ms, largest answer %,d bytes%n%s%n",
          clients,
          heap,
          time.toSeconds(),
          report.slowestLivenessMillis,
          report.largestBytes,
          report.answers);
      report.flaws.forEach(out::println);
      return report;
    }
  }

  private Report run(int clients, Duration time) {
    for (int i = 0; i < SPACES; i++) {
      send("PUT", "/v1/spaces/s" + i, "");
    }
    long end = System.nanoTime() + time.toNanos();
    try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Future<?>> all = new ArrayList<>();
      all.add(threads.submit(() -> watch(end)));
      for (int i = 0; i < clients; i++) {
        int client = i;
        all.add(threads.submit(() -> harass(client, end)));
      }
      for (Future<?> one : all) {
        one.get();
      }
    } catch (Exception e) {
      flaw("the drill itself failed: " + e);
    }
    send("PUT", "/v1/spaces/after", "");
    if (send("POST", "/v1/spaces/after/updates", delta("after", 0, "/a", "1")) != 201) {
      flaw("a small commit afterwards was not answered with 201");
    }
    if (!member.isAlive()) {
      flaw("the member ended" + member.tail());
    }
    Map<String, Long> counted = new TreeMap<>();
    answers.forEach((what, count) -> counted.put(what, count.sum()));
    synchronized (flaws) {
      return new Report(counted, slowest.get(), largest.get(), List.copyOf(flaws));
    }
  }

  private void flaw(String what) {
    synchronized (flaws) {
      if (flaws.size() < 20) {
        flaws.add(what);
      }
    }
  }

  private void watch(long end) {
    while (System.nanoTime() - end < 0 && member.isAlive()) {
      long began = System.nanoTime();
      if (send("GET", "/health/liveness", "") != 200) {
        flaw("liveness was not 200");
      }
      slowest.accumulateAndGet((System.nanoTime() - began) / 1_000_000, Math::max);
      MemberProcess.pause(50);
    }
  }

  private void harass(int client, long end) {
    for (int n = client; System.nanoTime() - end < 0 && member.isAlive(); n++) {
      String space = "/v1/spaces/s" + (n / 7) % SPACES;
      switch (n % 14) {
        case 0, 1, 2 -> send("POST", space + "/updates", large("/big/" + n % 40));
        case 3 -> send("GET", space + "/updates", "");
        case 4 -> send("GET", space + "/updates?limit=500", "");
        case 5 -> send("GET", space + "/history?path=&limit=500", "");
        case 6 -> send("POST", space + "/updates", delta(id(), 0, "/late/" + n, "1"));
        case 7 -> send("POST", space + "/updates", list(1000));
        case 8 -> send("POST", space + "/updates", list(25_000));
        case 9 -> send("POST", space + "/updates", wide(330_000));
        case 10 -> send("GET", space + "/state", "");
        case 11 -> send("POST", space + "/updates", delta(id(), 0, "/big", "{\"gone\":true}"));
        case 12 ->
            send(
                "POST",
                space + "/rollback",
                "{\"to\":%d,\"author\":\"bot-a\",\"update_id\":\"%s\"}".formatted(n % 30, id()));
        default ->
            send("PUT", "/v1/spaces/policy" + n, "{\"x\":\"" + "p".repeat(4_000_000) + "\"}");
      }
    }
  }

  private String id() {
    return "adversary-" + ids.incrementAndGet();
  }

  private static String delta(String id, long base, String path, String value) {
    return """
    {"update_id":"%s","base":%d,"author":"bot-a","timestamp":"2026-02-05T19:00:50Z",\
    "type":"t","changes":{"added":[{"key":"%s","value":%s}]}}\
    """
        .formatted(id, base, path, value);
  }

  /** 3.5 MB in 14 leaves. */
  private String large(String path) {
    String leaf = '"' + "x".repeat(250_000) + '"';
    String value =
        IntStream.range(0, 14)
            .mapToObj(i -> "\"k" + i + "\":" + leaf)
            .collect(Collectors.joining(",", "{", "}"));
    return delta(id(), 0, path, value);
  }

  private String list(int deltas) {
    return IntStream.range(0, deltas)
        .mapToObj(i -> delta(id(), 0, "/l/" + i % 100, "1"))
        .collect(Collectors.joining(",", "[", "]"));
  }

  private String wide(int members) {
    StringBuilder value = new StringBuilder("{");
    for (int i = 0; i < members; i++) {
      value.append(i == 0 ? "" : ",").append("\"m").append(i).append("\":1");
    }
    return delta(id(), 0, "/wide", value.append('}').toString());
  }

  private int send(String method, String path, String body) {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path))
            .timeout(PATIENCE)
            .header("Content-Type", "application/json")
            .method(
                method,
                body.isEmpty()
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body))
            .build();
    try {
      HttpResponse<byte[]> response = http.send(request, HttpResponse.BodyHandlers.ofByteArray());
      byte[] bytes = response.body();
      largest.accumulateAndGet(bytes.length, Math::max);
      if (bytes.length > MOST_OF_AN_ANSWER) {
        flaw(method + " " + path + " was answered with " + bytes.length + " bytes");
      }
      String what = Integer.toString(response.statusCode());
      if (response.statusCode() >= 400) {
        String text = new String(bytes, 0, Math.min(bytes.length, 4000), StandardCharsets.UTF_8);
        int at = text.indexOf("\"code\":\"");
        what += at < 0 ? " ?" : " " + text.substring(at + 8, text.indexOf('"', at + 8));
      }
      if (response.statusCode() == 500) {
        flaw(method + " " + path + " was answered with 500");
      }
      answers.computeIfAbsent(what, _ -> new LongAdder()).increment();
      return response.statusCode();
    } catch (IOException e) {
      answers
          .computeIfAbsent("no answer: " + e.getClass().getSimpleName(), _ -> new LongAdder())
          .increment();
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }
}
