package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.RejectedExecutionException;
import org.junit.jupiter.api.Test;

class FinalityTest {
  private static final SpaceName A = SpaceName.of("a");
  private static final SpaceName B = SpaceName.of("b");

  private final Map<Long, Manifest> stored = new HashMap<>();
  private final List<Long> read = new ArrayList<>();
  private final List<String> told = new ArrayList<>();
  private boolean away;
  private final Finality finality =
      new Finality(this::find, Runnable::run, (space, version) -> told.add(space + " " + version));

  private Optional<Manifest> find(long number) {
    if (away) {
      throw new LogUnavailable(LogUnavailable.Outcome.NOT_APPLIED, "away", new IOException());
    }
    read.add(number);
    return Optional.ofNullable(stored.get(number));
  }

  private static Manifest.Entry entry(SpaceName space, long version) {
    Head head = new Head(space, version, Hash.sha256("state"), Hash.sha256("log"));
    return new Manifest.Entry(head, new ContentAddress(Hash.sha256("document")), version);
  }

  /** A checkpoint that becomes final; its news is returned. */
  private News.Final checkpoint(long number, Manifest.Entry... entries) {
    Address author = new Address("0x" + "ab".repeat(20));
    stored.put(
        number,
        new Manifest(
            number, author, Hash.ZERO, List.of(entries), Instant.parse("2026-02-05T19:00:00Z")));
    HashMap<SpaceName, Long> versions = new HashMap<>();
    for (Manifest.Entry entry : entries) {
      versions.put(entry.head().space(), entry.head().version());
    }
    return new News.Final(number, versions);
  }

  private static News.Final again(long number) {
    return new News.Final(number, new HashMap<>());
  }

  @Test
  void passesOnWhatIsAnnouncedAndReadsNothing() {
    finality.heard(checkpoint(5, entry(A, 3)));
    finality.heard(checkpoint(6, entry(A, 4)));
    finality.heard(again(6));
    finality.heard(new News.Final(5, new HashMap<>(Map.of(A, 3L))));
    assertThat(told).containsExactly("a 3", "a 4");
    assertThat(read).isEmpty();
  }

  @Test
  void readsWhatWasLostBetween() {
    finality.heard(checkpoint(1, entry(A, 3)));
    checkpoint(2, entry(B, 7));
    checkpoint(3, entry(A, 5));
    finality.heard(checkpoint(4, entry(A, 6)));
    assertThat(told).containsExactly("a 3", "b 7", "a 5", "a 6");
    assertThat(read).containsExactly(2L, 3L, 4L);
  }

  @Test
  void readsTheNewestWhenItIsSaidAgain() {
    checkpoint(8, entry(A, 3));
    finality.heard(again(8));
    finality.heard(again(8));
    checkpoint(9, entry(A, 4));
    finality.heard(again(9));
    assertThat(told).containsExactly("a 3", "a 4");
    assertThat(read).containsExactly(8L, 9L);
  }

  @Test
  void readsAgainWhatCouldNotBeRead() {
    finality.heard(checkpoint(1, entry(A, 3)));
    checkpoint(2, entry(B, 7));
    away = true;
    finality.heard(checkpoint(3, entry(A, 5)));
    assertThat(told).containsExactly("a 3");
    away = false;
    finality.heard(again(3));
    assertThat(told).containsExactly("a 3", "b 7", "a 5");
  }

  @Test
  void beginsWithTheManifestOfAllSpacesWhenItMissedMany() {
    finality.heard(checkpoint(2, entry(A, 1)));
    checkpoint(200, entry(A, 7), entry(B, 9));
    checkpoint(201, entry(A, 8));
    finality.heard(again(201));
    assertThat(told).containsExactly("a 1", "a 7", "b 9", "a 8");
    assertThat(read).containsExactly(200L, 201L);
  }

  @Test
  void goesBackInNoSpace() {
    finality.heard(checkpoint(1, entry(A, 3), entry(B, 2)));
    finality.heard(checkpoint(2, entry(A, 3), entry(B, 1)));
    assertThat(told).containsExactlyInAnyOrder("a 3", "b 2");
  }

  @Test
  void throwsNothingWhileTheMemberCloses() {
    Finality closing =
        new Finality(
            this::find,
            _ -> {
              throw new RejectedExecutionException();
            },
            (space, version) -> told.add(space + " " + version));
    closing.heard(again(3));
    assertThat(told).isEmpty();
  }
}
