package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.Space;
import io.mnemogrid.checkpoint.SettingStore;
import io.mnemogrid.log.LogHead;
import io.mnemogrid.log.Snapshot;
import io.mnemogrid.proof.Frontier;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Cell;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.State;
import io.mnemogrid.state.Tag;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The keys of authors where they are as many as a grid may have. */
class GridAuthorsTest {
  private static final Author AUTHOR = new Author("bot-b");
  private static final String GRID = "0".repeat(32);

  private static GridAuthors authors(Snapshot head) {
    Space space =
        (Space)
            Proxy.newProxyInstance(
                Space.class.getClassLoader(),
                new Class<?>[] {Space.class},
                (_, method, _) -> {
                  if (method.getName().equals("head")) {
                    return head;
                  }
                  throw new AssertionError("nothing is written, " + method);
                });
    SettingStore settings =
        new SettingStore() {
          @Override
          public Optional<String> find(String name) {
            return Optional.of(GRID);
          }

          @Override
          public void put(String name, String value) {
            throw new AssertionError(name);
          }
        };
    return new GridAuthors(settings, () -> Optional.of(head), () -> Optional.of(head), () -> space);
  }

  @Test
  void takesNoKeyMoreThanOneAnswerCanList() {
    AuthorSigner known = AuthorSigner.create();
    Tag tag = new Tag(Instant.EPOCH, AUTHOR, 1);
    List<Cell.Leaf> leaves = new ArrayList<>();
    leaves.add(State.leafOf(AuthorKeys.GRID, Json.of(GRID), tag));
    leaves.add(State.leafOf(AuthorKeys.placeOf(AUTHOR, known.key()), AuthorKeys.KIND, tag));
    for (int i = 1; i < GridAuthors.MOST_KEYS; i++) {
      leaves.add(State.leafOf(Pointer.parse("/keys/bot-c/" + i), AuthorKeys.KIND, tag));
    }
    State full = State.of(leaves, Map.of());
    GridAuthors authors =
        authors(new Snapshot(LogHead.ofNew(SpaceName.AUTHORS), full, Frontier.EMPTY));

    assertThatThrownBy(() -> authors.add(AUTHOR, AuthorSigner.create().key()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("at most 10,000 keys");
    assertThat(authors.add(AUTHOR, known.key())).as("it is there").isFalse();
  }
}
