package io.mnemogrid.member;

import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.checkpoint.BlobStore;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.DocumentPlace;
import io.mnemogrid.policy.Glob;
import io.mnemogrid.policy.Grant;
import io.mnemogrid.policy.Role;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.SpaceName;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class GrantedDocumentsTest {
  private static final ContentAddress DOCUMENT = new ContentAddress(Hash.sha256("document"));
  private static final int MANY = 1_000;

  /** The places of one document, and how many names were read. */
  private static final class Places implements BlobStore {
    private final TreeSet<SpaceName> spaces = new TreeSet<>();
    private int read;

    @Override
    public Optional<byte[]> find(ContentAddress address) {
      return Optional.empty();
    }

    @Override
    public Optional<DocumentPlace> document(ContentAddress address, SpaceName space) {
      return spaces.contains(space) ? Optional.of(new DocumentPlace(space, 1)) : Optional.empty();
    }

    @Override
    public List<SpaceName> documentSpaces(
        ContentAddress address, String prefix, @Nullable SpaceName after, int limit) {
      List<SpaceName> page =
          spaces.stream()
              .filter(space -> space.text().startsWith(prefix))
              .filter(space -> after == null || space.compareTo(after) > 0)
              .limit(limit)
              .toList();
      read += page.size();
      return page;
    }

    @Override
    public Optional<Hash> dropUnnamed(Hash after) {
      return Optional.empty();
    }
  }

  private final Places places = new Places();

  GrantedDocumentsTest() {
    IntStream.range(0, MANY).forEach(i -> have("other-%04d".formatted(i)));
    have("mine");
    have("mine-2");
    have("a-log");
    have("z-log");
    have("mnemogrid.trail");
  }

  private void have(String space) {
    places.spaces.add(SpaceName.of(space));
  }

  private Optional<String> found(String... patterns) {
    Grant grant =
        new Grant(Role.READER, Arrays.stream(patterns).map(Glob::new).toList(), List.of(Glob.ALL));
    return GrantedDocuments.space(places, DOCUMENT, grant).map(SpaceName::text);
  }

  @Test
  void findsASpaceThatIsGrantedWhicheverOthersHaveTheDocument() {
    assertThat(found("mine")).contains("mine");
    assertThat(found("mine-*")).contains("mine-2");
    assertThat(found("nobody", "mine-*")).contains("mine-2");
    assertThat(found("z*")).contains("z-log");
    assertThat(found("*z-log")).as("behind a thousand others").contains("z-log");
    assertThat(found("nobody", "x-*", "Not.A:Space")).isEmpty();
    assertThat(found("min", "mine-1", "mine-22*")).isEmpty();
    assertThat(GrantedDocuments.space(places, DOCUMENT, Grant.ALL)).isPresent();
  }

  @Test
  void theProductsOwnSpacesAreForWhoHasAll() {
    assertThat(found("mnemogrid.trail")).isEmpty();
    assertThat(found("mnemogrid.*")).isEmpty();
  }

  @Test
  void readsNothingOfSpacesThatANameOrAPrefixDoesNotGrant() {
    for (String pattern : List.of("nobody", "other", "other-2000", "x-*", "other-9999*")) {
      assertThat(found(pattern)).isEmpty();
    }
    assertThat(places.read).isZero();
    assertThat(found("*-nobody")).isEmpty();
    assertThat(places.read).as("a pattern that begins with * has no such place").isPositive();
  }
}
