package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.api.RawHttp.Reply;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.api.limits.Bodies;
import io.mnemogrid.api.limits.Labour;
import io.mnemogrid.api.limits.Work;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Supplier;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is large waits for a thread and for memory, and what is small waits for neither. */
class LabourIT {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final RunningServer api = RunningServer.shared();
  private final Labour labour = bean(Labour.class);
  private final Work work = bean(Work.class);
  private final ExecutorService callers = Executors.newCachedThreadPool();
  private final List<CountDownLatch> occupied = new ArrayList<>();

  private <T> T bean(Class<T> type) {
    return api.server().getApplicationContext().getBean(type);
  }

  @AfterEach
  void end() {
    occupied.forEach(CountDownLatch::countDown);
    callers.shutdown();
  }

  /** Takes all threads for large work until that is counted down. */
  private CountDownLatch occupy() throws InterruptedException {
    CountDownLatch over = new CountDownLatch(1);
    occupied.add(over);
    CountDownLatch taken = new CountDownLatch(labour.threads());
    for (int i = 0; i < labour.threads(); i++) {
      callers.execute(() ->
          labour.run(() -> {
            taken.countDown();
            return isOver(over);
          }));
    }
    taken.await();
    return over;
  }

  private static boolean isOver(CountDownLatch over) {
    try {
      over.await();
      return true;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private <T> CompletableFuture<T> ask(Supplier<T> question) {
    return CompletableFuture.supplyAsync(question, callers);
  }

  /** A space of 3 MB at /k, of which version 1 is final, and /a. */
  private String space() {
    String space = api.newSpace();
    DeltaText large = new DeltaText("large").set("/a", "1");
    for (int i = 0; i < 12; i++) {
      large.set("/k/" + i, '"' + "x".repeat(250_000) + '"');
    }
    assertThat(api.commit(space, large.toString()).status()).isEqualTo(201);
    assertThat(api.commit(space, delta("small", 1, "/b", "1")).status()).isEqualTo(201);
    api.makeFinal(space, 2);
    return space;
  }

  @Test
  void whatIsLargeIsMadeByFewThreadsAndWhatIsSmallWaitsForNone() throws InterruptedException {
    String space = space();
    String path = "/v1/spaces/" + space;
    String large = '"' + "y".repeat(200_000) + '"';
    String policy = "{\"x\":\"" + "p".repeat(100_000) + "\"}";
    List<Supplier<Answer>> questions =
        List.of(
            () -> api.get(path + "/updates"),
            () -> api.get(path + "/updates", "Accept", "application/x-ndjson"),
            () -> api.get(path + "/updates?update_id=large"),
            () -> api.get(path + "/updates/1"),
            () -> api.get(path + "/history"),
            () -> api.get(path + "/blame?path=/a"),
            () -> api.get(path + "/state"),
            () -> api.get(path + "/state?at=1"),
            () -> api.get(path + "/diff?from=0&to=1"),
            () -> api.get(path + "/proofs/fact?path=/a"),
            () -> api.get(path + "/proofs/update?version=1"),
            () -> api.get(path + "/proofs/consistency?from=2"),
            () -> api.get("/v1/checkpoints"),
            () -> api.get("/v1/checkpoints/1"),
            () -> api.get("/v1/checkpoints/latest"),
            () -> api.get("/v1/checkpoints/held"),
            () -> api.commit(space, delta("later", 2, "/c", large)),
            () -> api.send("PUT", path, policy, "Content-Type", "application/json"));
    for (Supplier<Answer> question : questions) {
      CountDownLatch over = occupy();
      CompletableFuture<Answer> asked = ask(question);
      await().atMost(PATIENCE).until(() -> labour.waiting() == 1);
      assertThat(api.get("/health/liveness").status()).isEqualTo(200);
      assertThat(api.get(path).status()).isEqualTo(200);
      assertThat(api.get(path + "/state?path=/a").text()).isEqualTo("1");
      assertThat(api.commit(space, delta("d" + occupied.size(), 2, "/d", "1")).status())
          .isEqualTo(201);
      assertThat(asked).isNotDone();
      over.countDown();
      assertThat(asked.join().status()).isIn(200, 201, 400);
    }
  }

  /** A writer's connections cost it nothing, and each could hold the memory of a whole page. */
  @Test
  void whoStopsWithinALargeBodyHoldsUpNoReader() {
    String space = space();
    int port = api.server().getPort();
    Bodies bodies = bean(Bodies.class);
    await().atMost(PATIENCE).until(() -> work.taken() == 0);
    List<RawHttp> stopped = new ArrayList<>();
    try {
      for (int i = 0; i < 50; i++) {
        stopped.add(
            RawHttp.to(port)
                .send(
                    "POST /v1/spaces/"
                        + space
                        + "/updates HTTP/1.1\r\nHost: localhost:"
                        + port
                        + "\r\n"
                        + "Content-Type: application/json\r\n"
                        + "Content-Length: 4000000\r\n\r\n"
                        + "{"));
      }
      await().atMost(PATIENCE).until(() -> bodies.receivingBytes() >= 4_000_000);
      assertThat(work.taken()).as("the turns in which pages are made").isZero();
      assertThat(api.get("/v1/spaces/" + space + "/updates").status()).isEqualTo(200);
    } finally {
      stopped.forEach(RawHttp::close);
    }
    await().atMost(PATIENCE).until(() -> bodies.receivingBytes() == 0);
    String large = '"' + "y".repeat(200_000) + '"';
    assertThat(api.commit(space, delta("later", 2, "/c", large)).status()).isEqualTo(201);
    await()
        .atMost(PATIENCE)
        .untilAsserted(() -> assertThat(work.taken() + bodies.receivingBytes()).isZero());
  }

  /** All places are held by bodies that stopped; who comes after them has one within seconds. */
  @Test
  void whoStopsWithinALargeBodyLosesItsPlaceToWhoWaits() {
    String space = space();
    int port = api.server().getPort();
    Bodies bodies = bean(Bodies.class);
    await().atMost(PATIENCE).until(() -> bodies.receivingBytes() == 0);
    long free = Runtime.getRuntime().maxMemory() / 24;
    long held = 0;
    List<RawHttp> stopped = new ArrayList<>();
    try {
      while (free - held > Bodies.SMALL_BYTES) {
        long size = Math.min(4_000_000, free - held);
        held += size;
        stopped.add(
            RawHttp.from("127.0.0." + (2 + stopped.size() % 200), port)
                .send(
                    "POST /v1/spaces/"
                        + space
                        + "/updates HTTP/1.1\r\nHost: localhost:"
                        + port
                        + "\r\nContent-Type: application/json\r\nContent-Length: "
                        + size
                        + "\r\n\r\n{"));
      }
      long all = held;
      await().atMost(PATIENCE).until(() -> bodies.receivingBytes() == all);
      String large = '"' + "y".repeat(200_000) + '"';
      long began = System.nanoTime();
      assertThat(api.commit(space, delta("after", 2, "/c", large)).status()).isEqualTo(201);
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(20));
      assertThat(bodies.receivingBytes()).isLessThan(all);
    } finally {
      stopped.forEach(RawHttp::close);
    }
    await().atMost(PATIENCE).until(() -> bodies.receivingBytes() == 0);
  }

  @Test
  void throwsWhatTheTaskThrows() {
    IllegalStateException wrong = new IllegalStateException("wrong");
    assertThatThrownBy(() ->
            labour.run(() -> {
              throw wrong;
            }))
        .isSameAs(wrong);
  }

  @Test
  void aPackedBodyHasItsTurnForWhatItUnpacksTo() throws IOException {
    String space = api.newSpace();
    byte[] packed = packed(delta("packed", 0, "/a", '"' + "z".repeat(200_000) + '"'));
    assertThat((long) packed.length).isLessThan(Bodies.SMALL_BYTES / 10);
    CompletableFuture<Reply> answer;
    try (Work.Turn _ = work.take(Long.MAX_VALUE)) {
      answer = ask(() -> commit(space, packed));
      await().atMost(PATIENCE).until(() -> work.waiting() == 1);
      assertThat(api.commit(space, delta("plain", 0, "/b", "1")).status()).isEqualTo(201);
      assertThat(answer).isNotDone();
    }
    assertThat(answer.join().status()).isEqualTo(201);
  }

  private Reply commit(String space, byte[] packed) {
    int port = api.server().getPort();
    try (RawHttp raw = RawHttp.to(port)) {
      return raw.send(
              "POST /v1/spaces/"
                  + space
                  + "/updates HTTP/1.1\r\nHost: localhost:"
                  + port
                  + "\r\nContent-Type: application/json\r\nContent-Encoding: gzip"
                  + "\r\nContent-Length: "
                  + packed.length
                  + "\r\n\r\n")
          .send(packed)
          .reply();
    }
  }

  private static byte[] packed(String text) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (GZIPOutputStream out = new GZIPOutputStream(bytes)) {
      out.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return bytes.toByteArray();
  }
}
