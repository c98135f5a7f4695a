package io.mnemogrid.state;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class PointerTest {
  /** RFC 6901 §5. */
  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "/foo,foo",
        "/,``",
        "/a~1b,a/b",
        "/c%d,c%d",
        "/e^f,e^f",
        "/g|h,g|h",
        "/i\\j,i\\j",
        "/k\"l,k\"l",
        "/ , ` `",
        "/m~0n,m~n",
        "/~01,~1"
      })
  void unescapesTheSamplesOfTheRfc(String text, String segment) {
    Pointer pointer = Pointer.parse("/ ".equals(text) || "/".equals(text) ? "/" + segment : text);
    assertThat(pointer.segments()).containsExactly(segment);
    assertThat(pointer.lastSegment()).isEqualTo(segment);
    assertThat(Pointer.ROOT.child(segment)).isEqualTo(pointer);
    assertThat(pointer.depth()).isEqualTo(1);
    assertThat(pointer.parent()).isEqualTo(Pointer.ROOT);
  }

  @Test
  void theEmptyOneIsTheDocument() {
    assertThat(Pointer.parse("")).isSameAs(Pointer.ROOT);
    assertThat(Pointer.ROOT.segments()).isEmpty();
    assertThat(Pointer.ROOT.depth()).isZero();
    assertThat(Pointer.ROOT.ancestors()).isEmpty();
    assertThatThrownBy(Pointer.ROOT::parent).isInstanceOf(IllegalStateException.class);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"a", "a/b", "/~", "/~2", "/a~", "/a/~x/b", " /a", "#/a", "/\ud800", "/\udc00x"})
  void refusesWhatIsNoPointer(String text) {
    assertThatThrownBy(() -> Pointer.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void takes32SegmentsAnd1024Bytes() {
    Pointer deepest = Pointer.parse("/a".repeat(32));
    assertThat(deepest.depth()).isEqualTo(Pointer.MAX_DEPTH);
    assertThatThrownBy(() -> Pointer.parse("/a".repeat(33)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> deepest.child("a")).isInstanceOf(IllegalArgumentException.class);
    assertThat(Pointer.parse("/" + "a".repeat(1023)).toString()).hasSize(Pointer.MAX_BYTES);
    assertThatThrownBy(() -> Pointer.parse("/" + "a".repeat(1024)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Pointer.parse("/" + "漢".repeat(341)).depth()).isEqualTo(1);
    assertThatThrownBy(() -> Pointer.parse("/" + "漢".repeat(342)))
        .isInstanceOf(IllegalArgumentException.class);
    // the limit is on what is stored: an escape counts two bytes
    assertThatThrownBy(() -> Pointer.ROOT.child("~".repeat(512)))
        .isInstanceOf(IllegalArgumentException.class);
    assertThat(Pointer.ROOT.child("~".repeat(511)).toString()).hasSize(1023);
  }

  @ParameterizedTest
  @CsvSource(
      quoteCharacter = '`',
      value = {
        "facts.contacts.@Jorday.karma, /facts/contacts/@Jorday/karma",
        "a, /a",
        "a/b.c~d, /a~1b/c~0d",
        "~1, /~01",
        "/a.b/c, /a.b/c",
        "/, /",
        "``, ``",
        "漢.😀, /漢/😀"
      })
  void readsDottedPathsAndPointers(String path, String pointer) {
    assertThat(Pointer.parsePath(path)).hasToString(pointer);
  }

  @ParameterizedTest
  @ValueSource(strings = {".", "a.", ".a", "a..b", "a.b.", "/a~", "/~2"})
  void refusesEmptySegmentsOfDottedPaths(String path) {
    assertThatThrownBy(() -> Pointer.parsePath(path)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void refusesDottedPathsThatAreTooDeep() {
    assertThat(Pointer.parsePath("a" + ".a".repeat(31)).depth()).isEqualTo(32);
    assertThatThrownBy(() -> Pointer.parsePath("a" + ".a".repeat(32)))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void knowsWhatLiesAboveWhat() {
    Pointer a = Pointer.parse("/a");
    Pointer ab = Pointer.parse("/a/b");
    Pointer beside = Pointer.parse("/a!");
    Pointer longer = Pointer.parse("/ab");
    assertThat(a.isAbove(ab)).isTrue();
    assertThat(ab.isAbove(a)).isFalse();
    assertThat(a.isAbove(a)).isFalse();
    assertThat(a.isAbove(beside)).isFalse();
    assertThat(a.isAbove(longer)).isFalse();
    assertThat(a.isAbove(Pointer.parse("/a/"))).isTrue();
    assertThat(Pointer.ROOT.isAbove(a)).isTrue();
    assertThat(Pointer.ROOT.isAbove(Pointer.ROOT)).isFalse();
    assertThat(a.overlaps(ab)).isTrue();
    assertThat(ab.overlaps(a)).isTrue();
    assertThat(a.overlaps(a)).isTrue();
    assertThat(a.overlaps(longer)).isFalse();
    assertThat(Pointer.parse("/a/b/c").ancestors()).containsExactly(Pointer.ROOT, a, ab);
    assertThat(Pointer.parse("//a").segments()).isEqualTo(List.of("", "a"));
    assertThat(Pointer.parse("//a").parent()).hasToString("/");
  }

  @Test
  void sortsByUtf16AndHashesItsUtf8() {
    assertThat(Pointer.parse("/😀")).isLessThan(Pointer.parse("/\ufb33"));
    assertThat(Pointer.parse("/a!")).isLessThan(Pointer.parse("/a/b"));
    assertThat(Pointer.parse("/a").key())
        .hasToString("0x6a50dc8584134c7de537c0052ff6d236bf874355e050c90523e0c5ff2a543a28");
    assertThat(Pointer.parse("/a")).isEqualTo(Pointer.ROOT.child("a")).hasSameHashCodeAs("/a");
  }
}
