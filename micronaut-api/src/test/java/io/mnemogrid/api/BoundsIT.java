package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.CommitResult;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.api.RunningServer.DeltaText;
import io.mnemogrid.log.LogReader;
import io.mnemogrid.log.Update;
import io.mnemogrid.state.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What an answer holds at most, in bytes as well as in items. */
class BoundsIT {
  private static final int MOST_OF_AN_ANSWER = 8 << 20;

  private final RunningServer api = RunningServer.shared();

  private static String updates(String space) {
    return "/v1/spaces/" + space + "/updates";
  }

  private static List<Json> items(Answer answer) {
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.response().body().length).isLessThan(MOST_OF_AN_ANSWER);
    return ((Json.Arr) answer.at("items")).items();
  }

  /** A delta that sets so many leaves of so many characters. */
  private static String large(String id, long base, String path, int leaves, int characters) {
    DeltaText delta = new DeltaText(id).base(base);
    for (int i = 0; i < leaves; i++) {
      delta.set(path + "/" + i, '"' + "x".repeat(characters) + '"');
    }
    return delta.toString();
  }

  @Test
  void pagesOfLargeRecordsEndByTheirBytes() {
    String space = api.newSpace();
    for (int i = 1; i <= 6; i++) {
      int leaves = i == 3 ? 1 : 12; // two small ones fit beside each other, two large ones do not
      Answer told = api.commit(space, large("p-" + i, i - 1, "/k" + i, leaves, 250_000));
      assertThat(told.status()).isEqualTo(201);
    }
    for (String pages :
        List.of(updates(space) + "?since=", "/v1/spaces/" + space + "/history?path=&cursor=")) {
      List<Long> versions = new ArrayList<>();
      long at = 0;
      do {
        Answer page = api.get(pages + at);
        List<Json> items = items(page);
        assertThat(items).isNotEmpty();
        assertThat(items.size() == 1 || page.response().body().length < LogReader.PAGE_BYTES + 1000)
            .isTrue();
        items.forEach(item -> versions.add(Update.parse(item.canonical()).version()));
        at = page.at("next") instanceof Json.Null ? 0 : page.number("next");
      } while (at != 0);
      assertThat(versions).as(pages).containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
    }
    assertThat(
            api.get(updates(space), "Accept", "application/x-ndjson")
                .text()
                .lines()
                .map(line -> Update.parse(line).version()))
        .containsExactly(1L, 2L, 3L, 4L, 5L, 6L);
  }

  @Test
  void tellsTwentyMissedUpdatesAtMost() {
    String space = api.newSpace();
    for (int i = 1; i <= 25; i++) {
      api.commit(space, delta("m-" + i, i - 1, "/k" + i, "1"));
    }
    Answer answer = api.commit(space, delta("m-late", 0, "/late", "1"));
    assertThat(answer.number("missed/count")).isEqualTo(25);
    assertThat(answer.number("missed/since")).isZero();
    assertThat(answer.at("missed/truncated")).isEqualTo(Json.TRUE);
    assertThat(((Json.Arr) answer.at("missed/items")).items())
        .hasSize(CommitResult.MAX_MISSED)
        .first()
        .isEqualTo(api.get(updates(space) + "/1").any());

    Answer few = api.commit(space, delta("m-few", 20, "/few", "1"));
    assertThat(few.number("missed/count")).isEqualTo(6);
    assertThat(((Json.Obj) few.at("missed")).members()).doesNotContainKey("truncated");
  }

  @Test
  void tellsMissedUpdatesByTheirBytes() {
    String space = api.newSpace();
    for (int i = 1; i <= 3; i++) {
      api.commit(space, large("b-" + i, i - 1, "/k" + i, 1, 30_000));
    }
    Answer answer = api.commit(space, delta("b-late", 0, "/late", "1"));
    assertThat(answer.number("missed/count")).isEqualTo(3);
    assertThat(((Json.Arr) answer.at("missed/items")).items()).hasSize(2);
    assertThat(answer.at("missed/truncated")).isEqualTo(Json.TRUE);
  }

  @Test
  void tellsWhatAListMissedOnce() {
    String space = api.newSpace();
    for (int i = 1; i <= 5; i++) {
      api.commit(space, delta("o-" + i, i - 1, "/k" + i, "1"));
    }
    String list =
        IntStream.rangeClosed(1, 100)
            .mapToObj(i -> delta("o-list-" + i, 0, "/l" + i, "1"))
            .collect(Collectors.joining(",", "[", "]"));
    Answer answer = api.commit(space, list);
    assertThat(answer.status()).isEqualTo(201);
    assertThat(((Json.Arr) answer.at("0/missed/items")).items()).hasSize(5);
    for (int i = 1; i < 100; i++) {
      assertThat(answer.at(i + "/missed").canonical())
          .isEqualTo("{\"count\":5,\"items\":[],\"since\":0,\"truncated\":true}");
    }
  }

  @Test
  void leavesMissedUpdatesOutOfAMinimalAnswer() {
    String space = api.newSpace();
    api.commit(space, delta("r-1", 0, "/a", "1"));
    Answer answer =
        api.commit(space, delta("r-2", 0, "/b", "1"), "Prefer", "respond-async, return=minimal");
    assertThat(answer.status()).isEqualTo(201);
    assertThat(answer.header("preference-applied")).isEqualTo("return=minimal");
    assertThat(answer.json().members()).doesNotContainKey("missed");
    assertThat(answer.string("outcome")).isEqualTo("merged");
    Answer whole = api.commit(space, delta("r-3", 0, "/c", "1"), "Prefer", "return=representation");
    assertThat(whole.header("preference-applied")).isEmpty();
    assertThat(whole.json().members()).containsKey("missed");
  }
}
