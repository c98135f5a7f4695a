package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Reads over HTTP. */
class StateIT {
  private final RunningServer api = RunningServer.shared();

  private String state(String space) {
    return "/v1/spaces/" + space + "/state";
  }

  @Test
  void readsTheDocumentAndWhatStandsAtAPath() {
    String space = api.newSpace();
    assertThat(api.get(state(space)).text()).isEqualTo("{}");
    api.commit(space, delta("r-1", 0, "facts.@Jorday", "{\"karma\":7,\"tags\":[\"a\",\"b\"]}"));
    assertThat(api.get(state(space)).text())
        .isEqualTo("{\"facts\":{\"@Jorday\":{\"karma\":7,\"tags\":[\"a\",\"b\"]}}}");
    assertThat(api.get(state(space) + "?path=/facts/@Jorday/karma").text()).isEqualTo("7");
    assertThat(api.get(state(space) + "?path=facts.@Jorday.karma").text()).isEqualTo("7");
    assertThat(api.get(state(space) + "?reserved=no&path=%2Ffacts%2F%40Jorday%2Fkarma").text())
        .isEqualTo("7");
    assertThat(api.get(state(space) + "?path=/facts/@Jorday/tags/1").text()).isEqualTo("\"b\"");
    Answer object = api.get(state(space) + "?path=facts.@Jorday");
    assertThat(object.text()).isEqualTo("{\"karma\":7,\"tags\":[\"a\",\"b\"]}");
    assertThat(object.header("content-type")).isEqualTo("application/json");
    assertThat(object.header("cache-control")).isEqualTo("no-cache");
  }

  @Test
  void saysWhereNothingStands() {
    String space = api.newSpace();
    Answer missing = api.get(state(space) + "?path=/no/such").isProblem(404, "nothing-there");
    assertThat(missing.string("detail")).contains("/no/such").contains(space);
    Answer malformed = api.get(state(space) + "?path=a..b").isProblem(400, "bad-request");
    assertThat(malformed.string("errors/0/pointer")).isEqualTo("?path");
    api.get("/v1/spaces/nobody-made-it/state").isProblem(404, "unknown-space");
  }

  @Test
  void answersNotModifiedUntilANewVersion() {
    String space = api.newSpace();
    api.commit(space, delta("e-1", 0, "/a", "1"));
    String etag = api.get(state(space) + "?path=/a").header("etag");
    assertThat(etag).matches("\"1\\.[0-9a-f]{16}\"");
    for (String known : new String[] {etag, "W/" + etag, "\"x\", " + etag, "*"}) {
      Answer same = api.get(state(space) + "?path=/a", "If-None-Match", known);
      assertThat(same.status()).isEqualTo(304);
      assertThat(same.header("etag")).isEqualTo(etag);
      assertThat(same.response().body()).isEmpty();
    }
    api.get(state(space) + "?path=/b", "If-None-Match", etag).isProblem(404, "nothing-there");
    api.commit(space, delta("e-2", 1, "/b", "2"));
    Answer changed = api.get(state(space) + "?path=/a", "If-None-Match", etag);
    assertThat(changed.status()).isEqualTo(200);
    assertThat(changed.header("etag")).startsWith("\"2.");
  }

  @Test
  void readsAsOfAVersionAndATime() {
    String space = api.newSpace();
    api.commit(space, delta("t-1", 0, "/n", "1"));
    api.commit(space, delta("t-2", 1, "/n", "2"));
    assertThat(api.get(state(space) + "?at=0").text()).isEqualTo("{}");
    Answer first = api.get(state(space) + "?at=1&path=/n");
    assertThat(first.text()).isEqualTo("1");
    assertThat(first.header("etag")).startsWith("\"1.");
    assertThat(api.get(state(space) + "?at=2&path=/n").text()).isEqualTo("2");
    String committed = api.get("/v1/spaces/" + space + "/updates/1").string("committed");
    String before = "2001-01-01T00:00:00Z";
    assertThat(api.get(state(space) + "?at=" + before).text()).isEqualTo("{}");
    assertThat(api.get(state(space) + "?path=/n&at=" + committed).text()).isIn("1", "2");
    assertThat(api.get(state(space) + "?path=/n&at=2999-01-01T00:00:00Z").text()).isEqualTo("2");
    api.get(state(space) + "?at=yesterday").isProblem(400, "bad-request");
  }

  @Test
  void waitsForAVersionThatComesAndNotForOneThatDoesNot() {
    String space = api.newSpace();
    long began = System.nanoTime();
    api.get(state(space) + "?at=77").isProblem(404, "unknown-version");
    assertThat(System.nanoTime() - began).isLessThan(30_000_000_000L);
    // A read waits for a second: one that this machine held up for longer is made again.
    Answer answer;
    int version = 0;
    do {
      int next = ++version;
      CompletableFuture<Answer> read =
          CompletableFuture.supplyAsync(() -> api.get(state(space) + "?at=" + next));
      api.commit(space, delta("w-" + next, next - 1, "/a", "1"));
      answer = read.join();
    } while (answer.status() == 404 && version < 10);
    assertThat(answer.text()).isEqualTo("{\"a\":1}");
  }

  @Test
  void showsTheFinalizedView() {
    String space = api.newSpace();
    api.commit(space, delta("f-1", 0, "/a", "1"));
    assertThat(api.get(state(space) + "?view=latest").text()).isEqualTo("{\"a\":1}");
    api.makeFinal(space, 1); // no checkpoint comes by itself after this one
    api.commit(space, delta("f-2", 1, "/a", "2"));
    Answer finalized = api.get(state(space) + "?view=finalized");
    assertThat(api.get("/v1/spaces/" + space).number("finalized_version")).isEqualTo(1);
    assertThat(finalized.text()).isEqualTo("{\"a\":1}");
    assertThat(finalized.header("etag")).startsWith("\"1.");
    assertThat(api.get(state(space) + "?view=latest").text()).isEqualTo("{\"a\":2}");
    api.get(state(space) + "?view=other").isProblem(400, "bad-request");
    api.get(state(space) + "?view=finalized&at=1").isProblem(400, "bad-request");
  }

  @Test
  void countsAHitAndNeverServesAnOldVersion() {
    String space = api.newSpace();
    for (int version = 1; version <= 20; version++) {
      api.commit(space, delta("c-" + version, version - 1, "/n", Integer.toString(version)));
      double hits = hits();
      assertThat(api.get(state(space) + "?path=/n").text()).isEqualTo(Integer.toString(version));
      assertThat(api.get(state(space) + "?path=n").text()).isEqualTo(Integer.toString(version));
      assertThat(hits()).isGreaterThan(hits);
    }
  }

  @Test
  void aNewVersionTakesThePlaceOfTheOldOneInTheCache() {
    int paths = 200; // more than all other tests' entries, which come and go meanwhile
    String space = api.newSpace();
    api.commit(
        space,
        delta(
            "k-1",
            0,
            "/list",
            IntStream.range(0, paths)
                .mapToObj(Integer::toString)
                .collect(Collectors.joining(",", "[", "]"))));
    api.get(state(space) + "?path=/list/0"); // the first read makes the cache and its metrics
    double before = 0;
    for (int version = 1; version <= 4; version++) {
      double hits = hits();
      for (int i = 0; i < paths; i++) {
        assertThat(api.get(state(space) + "?path=/list/" + i).status()).isEqualTo(200);
      }
      assertThat(hits() - hits).as("an old entry is no hit").isLessThan(paths / 2.0);
      double entries = metric("mnemogrid_read_cache_entries");
      assertThat(entries).isGreaterThanOrEqualTo(paths);
      if (version > 1) {
        assertThat(entries - before).as("entries of version " + version).isLessThan(paths / 2.0);
      }
      before = entries;
      api.commit(space, delta("k-" + (version + 1), version, "/other", "" + version));
    }
  }

  private double hits() {
    return metric("mnemogrid_read_cache_total\\{.*result=\"hit\".*\\}");
  }

  private double metric(String pattern) {
    Matcher line =
        Pattern.compile("(?m)^" + pattern + " ([0-9.E]+)$").matcher(api.get("/prometheus").text());
    assertThat(line.find()).isTrue();
    return Double.parseDouble(line.group(1));
  }
}
