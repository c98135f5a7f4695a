package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorContractTest;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LocalNotaryTest extends AnchorContractTest {
  @TempDir Path temp;

  @Override
  protected Anchor open() {
    return LocalNotary.open(folder());
  }

  private Path folder() {
    return temp.resolve("notary");
  }

  private Path file() {
    return folder().resolve("notary.jsonl");
  }

  private List<String> threeLines() throws IOException {
    try (LocalNotary notary = LocalNotary.open(folder())) {
      Hash previous = Hash.ZERO;
      for (long number = 1; number <= 3; number++) {
        Checkpoint checkpoint = checkpoint(number, previous, "n" + number, notary.author());
        notary.send(signed(notary, checkpoint));
        previous = checkpoint.hash();
      }
    }
    return Files.readAllLines(file());
  }

  private void write(List<String> lines) throws IOException {
    Files.writeString(file(), String.join("\n", lines) + "\n");
  }

  private long latest() {
    try (LocalNotary notary = LocalNotary.open(folder())) {
      return notary.latest();
    }
  }

  @Test
  void privateKeyIsForItsOwnerOnly() throws Exception {
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(folder().resolve("notary.key"))))
        .isEqualTo("rw-------");
    assertThat(Files.readString(folder().resolve("notary.key")))
        .startsWith("-----BEGIN PRIVATE KEY-----\n");
  }

  /** With the JDK alone, as somebody would who has the public key and the file. */
  @Test
  void everyLineIsVerifiedByThePublicKeyAlone() throws Exception {
    List<String> lines = threeLines();
    String pem = Files.readString(folder().resolve("notary.pub"));
    byte[] encoded = Base64.getMimeDecoder().decode(pem.replaceAll("-----[A-Z ]*-----", ""));
    PublicKey key =
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));

    Hash previous = Hash.ZERO;
    for (String line : lines) {
      String signature = line.replaceFirst(".*\"signature\":\"([0-9a-f]{128})\".*", "$1");
      Signature verifier = Signature.getInstance("Ed25519");
      verifier.initVerify(key);
      verifier.update(line.replace("\"signature\":\"" + signature + "\",", "").getBytes());
      assertThat(verifier.verify(HexFormat.of().parseHex(signature))).isTrue();
      assertThat(line).contains("\"previous\":\"" + previous + "\"");
      previous = Hash.sha256(line);
    }
    try (LocalNotary notary = LocalNotary.open(folder())) {
      String raw = HexFormat.of().formatHex(encoded, encoded.length - 32, encoded.length);
      assertThat(notary.identity()).isEqualTo("notary:" + raw);
      assertThat(notary.author().text())
          .isEqualTo(Hash.sha256(HexFormat.of().parseHex(raw)).toString().substring(0, 42));
    }
  }

  @Test
  void cutsOffLineThatCrashLeftUnfinished() throws Exception {
    List<String> lines = threeLines();
    String whole = String.join("\n", lines) + "\n";
    String before = String.join("\n", lines.subList(0, 2)) + "\n";
    for (int length = before.length() + 1; length < whole.length() - 1; length += 61) {
      Files.writeString(file(), whole.substring(0, length));
      assertThat(latest()).isEqualTo(2);
      assertThat(Files.readString(file())).isEqualTo(before);
    }
    Files.writeString(file(), before + "\0".repeat(400));
    assertThat(latest()).isEqualTo(2);
    assertThat(Files.readString(file())).isEqualTo(before);
  }

  @Test
  void keepsLineThatLacksOnlyItsLineBreak() throws Exception {
    String whole = String.join("\n", threeLines()) + "\n";
    Files.writeString(file(), whole.substring(0, whole.length() - 1));

    assertThat(latest()).isEqualTo(3);
    assertThat(Files.readString(file())).isEqualTo(whole);
  }

  @Test
  void stopsAtEveryOtherDamageAndChangesNothing() throws Exception {
    List<String> lines = threeLines();
    List<List<String>> damaged = new ArrayList<>();
    for (int i = 0; i < lines.size(); i++) {
      for (String[] swap :
          new String[][] {
            {"\"pointer\":\"ipfs", "\"pointer\":\"ipft"},
            {"\"time\":\"2", "\"time\":\"3"},
            {"\"signature\":\"", "\"signature\":\"00"},
            {"{", "{ "},
            {"{", ""}
          }) {
        List<String> copy = new ArrayList<>(lines);
        copy.set(i, lines.get(i).replace(swap[0], swap[1]));
        damaged.add(copy);
      }
    }
    damaged.add(List.of(lines.get(1), lines.get(2)));
    damaged.add(List.of(lines.get(0), lines.get(2)));
    damaged.add(List.of(lines.get(0), lines.get(0)));
    List<String> swapped = new ArrayList<>(lines);
    Collections.swap(swapped, 0, 1);
    damaged.add(swapped);
    damaged.add(List.of(lines.get(0), "", lines.get(1)));
    for (List<String> copy : damaged) {
      write(copy);
      String text = Files.readString(file());
      assertThatThrownBy(() -> LocalNotary.open(folder()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("notary.jsonl, line ");
      assertThat(Files.readString(file())).isEqualTo(text);
    }
    write(lines);
    assertThat(latest()).isEqualTo(3);
  }

  @Test
  void stopsWhenLinesThatItHasSeenAreGone() throws Exception {
    List<String> lines = threeLines();
    try (LocalNotary notary = LocalNotary.open(folder())) {
      write(lines.subList(0, 2));
      assertThatThrownBy(notary::latest)
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("were verified");
    }
  }

  /** As many lines as {@code upTo}, and what the handle that wrote them shows. */
  private List<Anchor.Anchored> manyLines(long upTo) {
    List<Anchor.Anchored> shown = new ArrayList<>();
    try (LocalNotary notary = LocalNotary.open(folder())) {
      Hash previous = Hash.ZERO;
      for (long number = 1; number <= upTo; number++) {
        Checkpoint checkpoint = checkpoint(number, previous, "n" + number, notary.author());
        notary.send(signed(notary, checkpoint));
        previous = checkpoint.hash();
        shown.add(notary.find(number).orElseThrow());
      }
    }
    return shown;
  }

  @Test
  void findsEveryLineWithoutKeepingThem() {
    List<Anchor.Anchored> shown = manyLines(40);
    try (LocalNotary notary = LocalNotary.open(folder())) {
      for (int number = 1; number <= shown.size(); number++) {
        assertThat(notary.find(number)).contains(shown.get(number - 1));
      }
      assertThat(notary.find(0)).isEmpty();
      assertThat(notary.find(shown.size() + 1)).isEmpty();
    }
  }

  @Test
  void opensAtItsResumePointAndVerifiesAnOlderLineWhenItIsAskedFor() throws Exception {
    List<Anchor.Anchored> shown = manyLines(LocalNotary.RESUME_EVERY + 3);
    List<String> lines = Files.readAllLines(file());
    List<String> damaged = new ArrayList<>(lines);
    damaged.set(4, lines.get(4).replace("\"pointer\":\"ipfs", "\"pointer\":\"ipft"));
    write(damaged);
    try (LocalNotary notary = LocalNotary.open(folder())) {
      assertThat(notary.latest()).isEqualTo(shown.size());
      assertThat(notary.find(4)).contains(shown.get(3));
      assertThatThrownBy(() -> notary.find(5))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("notary.jsonl, line 5: its signature");
    }
    damaged = new ArrayList<>(lines);
    damaged.set(LocalNotary.RESUME_EVERY + 1, lines.getFirst());
    write(damaged);
    assertThatThrownBy(this::latest)
        .as("what is behind the resume point is verified")
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("line " + (LocalNotary.RESUME_EVERY + 2));
    write(lines);
    assertThat(latest()).isEqualTo(shown.size());
  }

  @Test
  void verifiesAllLinesWithoutAResumePointThatFits() throws Exception {
    manyLines(LocalNotary.RESUME_EVERY + 1);
    List<String> lines = Files.readAllLines(file());
    List<String> damaged = new ArrayList<>(lines);
    damaged.set(4, lines.get(4).replace("\"pointer\":\"ipfs", "\"pointer\":\"ipft"));
    write(damaged);
    Path resume = folder().resolve("notary.resume");
    String signed = Files.readString(resume);
    for (String other :
        List.of(
            "",
            signed.replace("\"lines\":256", "\"lines\":255"),
            signed.replace("\"last\":\"0x", "\"last\":\"0x0"),
            lines.getLast())) {
      Files.writeString(resume, other);
      assertThatThrownBy(this::latest).hasMessageContaining("notary.jsonl, line 5: ");
    }
    Files.writeString(resume, signed);
    write(damaged.subList(0, 100));
    assertThatThrownBy(this::latest)
        .as("a file that is shorter than its resume point")
        .hasMessageContaining("notary.jsonl, line 5: ");
    write(lines);
    assertThat(latest()).isEqualTo(lines.size());
  }

  @Test
  void stopsWhenKeyIsGoneOrAnother() throws Exception {
    threeLines();
    Path key = folder().resolve("notary.key");
    String mine = Files.readString(key);
    LocalNotary.open(temp.resolve("other")).close();
    Files.copy(temp.resolve("other/notary.key"), folder().resolve("foreign"));

    Files.delete(key);
    assertThatThrownBy(() -> LocalNotary.open(folder()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("private key is gone");

    Files.writeString(key, Files.readString(folder().resolve("foreign")));
    assertThatThrownBy(() -> LocalNotary.open(folder()))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("not one pair");

    Files.writeString(key, mine);
    assertThat(latest()).isEqualTo(3);
  }

  @Test
  void finishesKeyPairThatCrashLeftHalfMade() throws Exception {
    Path fresh = temp.resolve("fresh");
    Files.createDirectories(fresh);
    Files.writeString(fresh.resolve("notary.pub"), "half");
    Files.writeString(fresh.resolve("notary.key.new"), "half");

    try (LocalNotary notary = LocalNotary.open(fresh)) {
      notary.send(signed(notary, checkpoint(1, Hash.ZERO, "a", notary.author())));
      assertThat(notary.latest()).isEqualTo(1);
    }
  }

  @Test
  void takesNoRequestThatItsKeyDidNotSign() {
    try (LocalNotary notary = LocalNotary.open(folder());
        LocalNotary other = LocalNotary.open(temp.resolve("other"))) {
      SignedTransaction foreign = signed(other, checkpoint(1, Hash.ZERO, "a", notary.author()));
      SignedTransaction forged =
          new SignedTransaction(
              notary.identity(), 0, foreign.raw(), foreign.hash(), 1, 1, Cost.NONE);

      assertThatThrownBy(() -> notary.send(forged))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("signature");
      assertThat(notary.latest()).isZero();
    }
  }

  @Test
  void timeNeverGoesBack() {
    Instant noon = Instant.parse("2026-02-05T12:00:00.000Z");
    Path fresh = temp.resolve("clock");
    try (LocalNotary notary = LocalNotary.open(fresh, Clock.fixed(noon, ZoneOffset.UTC))) {
      notary.send(signed(notary, checkpoint(1, Hash.ZERO, "a", notary.author())));
    }
    Clock behind = Clock.offset(Clock.fixed(noon, ZoneOffset.UTC), Duration.ofHours(-1));
    try (LocalNotary notary = LocalNotary.open(fresh, behind)) {
      Hash first = notary.find(1).orElseThrow().hash();
      notary.send(signed(notary, checkpoint(2, first, "b", notary.author())));
      assertThat(notary.find(2).orElseThrow().time()).isEqualTo(noon);
    }
  }

  /** Eight handles race for every number: each number gets one header, and no line is torn. */
  @Test
  void handlesThatRaceLeaveOneHeaderForEachNumber() throws Exception {
    int numbers = 20;
    try (var pool = Executors.newVirtualThreadPerTaskExecutor()) {
      List<Callable<Boolean>> racers = new ArrayList<>();
      for (int i = 0; i < 8; i++) {
        String salt = "racer" + i;
        racers.add(() -> {
          try (LocalNotary notary = LocalNotary.open(folder())) {
            for (long n = 1; n <= numbers; n++) {
              Hash previous = n == 1 ? Hash.ZERO : notary.find(n - 1).orElseThrow().hash();
              notary.send(signed(notary, checkpoint(n, previous, salt, notary.author())));
            }
            return notary.latest() == numbers;
          }
        });
      }
      for (var future : pool.invokeAll(racers)) {
        assertThat(future.get()).isTrue();
      }
    }
    assertThat(latest()).isEqualTo(numbers);
    assertThat(Files.readAllLines(file())).hasSize(numbers);
  }

  @Test
  void handlesOfTwoProcessesShareTheFolder() throws Exception {
    threeLines();
    Process child = otherProcess();
    try (LocalNotary notary = LocalNotary.open(folder())) {
      append(notary, "parent", 60);
      assertThat(child.waitFor()).isZero();
      assertThat(notary.latest()).isEqualTo(60);
    } finally {
      child.destroyForcibly();
    }
    assertThat(Files.readAllLines(file())).hasSize(60);
  }

  private Process otherProcess() throws IOException {
    return new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-cp",
            System.getProperty("java.class.path"),
            Racer.class.getName(),
            folder().toString())
        .inheritIO()
        .start();
  }

  /** The other process. */
  static final class Racer {
    private Racer() {}

    public static void main(String[] args) {
      try (LocalNotary notary = LocalNotary.open(Path.of(args[0]))) {
        append(notary, "child", 60);
      }
    }
  }

  private static void append(LocalNotary notary, String salt, long upTo) {
    for (long latest = notary.latest(); latest < upTo; latest = notary.latest()) {
      Hash previous = notary.find(latest).orElseThrow().hash();
      notary.send(signed(notary, checkpoint(latest + 1, previous, salt, notary.author())));
    }
  }

  @Test
  void killedWriterLeavesNothingInTheWay() throws Exception {
    threeLines();
    for (int round = 0; round < 3; round++) {
      Process child = otherProcess();
      long before = latest();
      while (child.isAlive() && latest() < Math.min(before + 5, 60)) {
        Thread.onSpinWait();
      }
      child.destroyForcibly().waitFor();
      try (LocalNotary notary = LocalNotary.open(folder())) {
        assertThat(notary.latest()).isGreaterThanOrEqualTo(before);
        append(notary, "survivor", notary.latest() + 1);
      }
    }
    // Half a line, as if the last one had died in the middle of it.
    Files.writeString(file(), "{\"author\":\"0x", StandardOpenOption.APPEND);
    try (LocalNotary notary = LocalNotary.open(folder())) {
      append(notary, "survivor", notary.latest() + 1);
    }
    assertThat(latest()).isEqualTo(Files.readAllLines(file()).size());
  }
}
