package io.mnemogrid.merge;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import io.mnemogrid.state.UpdateId;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Patches for tests, and what the resolver makes of them. */
final class Patches {
  static final Author AUTHOR = new Author("bot-p");
  static final Instant NOW = Instant.parse("2026-02-05T19:00:00Z");
  static final long VERSION = 7;

  private Patches() {}

  static Delta.Patch steps(Json patch) {
    return Delta.Patch.ofSteps(new UpdateId("p-1"), AUTHOR, "test", patch);
  }

  static Delta.Patch steps(String patch) {
    return steps(Json.parse(patch));
  }

  static Delta.Patch merge(Json patch) {
    return Delta.Patch.ofMerge(new UpdateId("p-1"), AUTHOR, "test", patch);
  }

  /** A head with that document, which somebody else wrote. */
  static State head(Json document) {
    List<Cell.Leaf> leaves = new ArrayList<>();
    Tag tag = new Tag(NOW, new Author("bot-o"), VERSION);
    State.forEachLeafOf(
        Pointer.ROOT, document, (path, value) -> leaves.add(State.leafOf(path, value, tag)));
    return State.of(leaves, Map.of());
  }

  static Resolution resolve(State head, Delta.Patch patch) {
    return Resolver.resolve(head, VERSION, patch.against(VERSION, NOW));
  }

  static Refusal refusal(State head, Delta.Patch patch) {
    Resolution resolution = resolve(head, patch);
    assertThat(resolution).isInstanceOf(Resolution.Refused.class);
    return ((Resolution.Refused) resolution).refusal();
  }

  /**
   * The document that a patch makes. Its record holds what really changed, and leads there; a patch
   * that changes nothing takes no version.
   */
  static Json.Obj play(State head, Delta.Patch patch) {
    return switch (resolve(head, patch)) {
      case Resolution.Refused refused -> throw new AssertionError(refused.refusal().toString());
      case Resolution.Unchanged _ -> head.document();
      case Resolution.Accepted accepted -> {
        State next = accepted.next();
        assertThat(accepted.changes()).isEqualTo(head.changesTo(next));
        assertThat(accepted.changes().count()).isPositive();
        assertThat(accepted.superseded()).isEmpty();
        assertThat(accepted.overrode()).isEmpty();
        assertThat(head.apply(accepted.changes(), NOW, AUTHOR, VERSION + 1).root())
            .isEqualTo(next.root())
            .isEqualTo(head(next.document()).root());
        yield next.document();
      }
    };
  }

  /**
   * Holds what becomes of a patch against what another implementation made of it.
   *
   * @param expected the document after it; empty where it does not apply
   * @return "unchanged", "changed", or the code of the refusal
   */
  static String judge(
      String what, State head, Delta.Patch patch, Optional<? extends Json> expected) {
    Resolution resolution = resolve(head, patch);
    String came =
        switch (resolution) {
          case Resolution.Refused refused -> refused.refusal().code();
          case Resolution.Unchanged _ -> "unchanged";
          case Resolution.Accepted _ -> "changed";
        };
    if (expected.isEmpty()) {
      assertThat(came).as(what).isIn("test-failed", "patch-failed");
      return came;
    }
    assertThat(resolution).as(what).isNotInstanceOf(Resolution.Refused.class);
    assertThat(play(head, patch)).as(what).isEqualTo(expected.get());
    assertThat(came)
        .as(what)
        .isEqualTo(expected.get().equals(head.document()) ? "unchanged" : "changed");
    return came;
  }
}
