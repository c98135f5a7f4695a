package io.mnemogrid.api.tls;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import reactor.core.publisher.Flux;

/**
 * When changed files are taken, look by look; the two halves of a pair are two equal texts here.
 */
class WatchedFilesTest {
  @TempDir private Path folder = Path.of("");
  private final List<String> read = new ArrayList<>();
  private final List<KeyStore> published = new ArrayList<>();
  private Path one = Path.of("");
  private Path two = Path.of("");

  @BeforeEach
  void write() throws IOException {
    one = folder.resolve("one");
    two = folder.resolve("two");
    write(one, "a");
    write(two, "a");
  }

  private static void write(Path file, String text) throws IOException {
    Files.writeString(file, text);
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r-----"));
  }

  private KeyStore pair(List<byte[]> contents) {
    String first = new String(contents.get(0), StandardCharsets.UTF_8);
    String second = new String(contents.get(1), StandardCharsets.UTF_8);
    read.add(first + second);
    if (!first.equals(second)) {
      throw new IllegalArgumentException("no pair");
    }
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (GeneralSecurityException | IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private WatchedFiles watch() {
    WatchedFiles files = new WatchedFiles("the pair", List.of(one, two), two, this::pair);
    Flux.from(files.keyStore()).subscribe(published::add);
    return files;
  }

  private static void look(WatchedFiles files, int times) {
    for (int i = 0; i < times; i++) {
      files.look();
    }
  }

  @Test
  void takesAChangeThatTwoLooksHaveSeen() throws IOException {
    WatchedFiles files = watch();
    look(files, 3);
    assertThat(read).containsExactly("aa");
    write(one, "b");
    look(files, 1);
    write(two, "b"); // the pair is whole before the second look
    look(files, 1);
    assertThat(read).as("neither was seen twice").containsExactly("aa");
    look(files, 1);
    assertThat(read).containsExactly("aa", "bb");
    assertThat(published).hasSize(2).last().isEqualTo(files.current());
    look(files, 3);
    assertThat(published).hasSize(2);
  }

  @Test
  void keepsWhatWasLastGood() throws IOException {
    WatchedFiles files = watch();
    KeyStore good = files.current();
    write(one, "b");
    look(files, 9);
    assertThat(read).as("tried once").containsExactly("aa", "ba");
    Files.delete(two);
    look(files, 9);
    write(two, "b");
    Files.setPosixFilePermissions(two, PosixFilePermissions.fromString("rw-r--r--"));
    look(files, 9);
    assertThat(read).as("a key that all may read is not used").containsExactly("aa", "ba");
    assertThat(published).containsExactly(good);
    assertThat(files.current()).isSameAs(good);
    Files.setPosixFilePermissions(two, PosixFilePermissions.fromString("rw-r-----"));
    look(files, 2);
    assertThat(read).containsExactly("aa", "ba", "bb");
    assertThat(published).hasSize(2);
  }

  /** As Kubernetes does it: the files are links through a folder that is swapped. */
  @Test
  void seesThatALinkLeadsElsewhere() throws IOException {
    Path first = Files.createDirectory(folder.resolve("first"));
    Path second = Files.createDirectory(folder.resolve("second"));
    for (String name : List.of("one", "two")) {
      write(first.resolve(name), "a");
      write(second.resolve(name), "b");
    }
    Path current = Files.createSymbolicLink(folder.resolve("current"), first);
    one = Files.createSymbolicLink(folder.resolve("link-one"), current.resolve("one"));
    two = Files.createSymbolicLink(folder.resolve("link-two"), current.resolve("two"));
    WatchedFiles files = watch();
    Path next = Files.createSymbolicLink(folder.resolve("next"), second);
    Files.move(next, current, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    look(files, 2);
    assertThat(read).containsExactly("aa", "bb");
  }

  @Test
  void refusesToBeginWithoutThem() throws IOException {
    write(one, "b");
    assertThatThrownBy(this::watch)
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("the pair cannot be used: no pair");
    Files.setPosixFilePermissions(two, PosixFilePermissions.fromString("rw----r--"));
    assertThatThrownBy(this::watch)
        .hasMessage(
            "the pair cannot be used: every user of this machine may read the key: chmod o= "
                + two);
    Files.delete(one);
    assertThatThrownBy(this::watch).hasMessageEndingWith(one + " is missing");
  }

  /** Whoever opens a pipe to read waits until somebody writes. */
  @Test
  void whatIsNoFileIsRefusedAtOnce() throws Exception {
    WatchedFiles files = watch();
    Files.delete(one);
    assertThat(new ProcessBuilder("mkfifo", one.toString()).start().waitFor()).isZero();
    assertTimeoutPreemptively(Duration.ofSeconds(30), () -> look(files, 3));
    assertThat(published).hasSize(1);
    Files.delete(one);
    write(one, "b");
    write(two, "b");
    look(files, 2);
    assertThat(published).as("the watch goes on").hasSize(2);
  }
}
