package io.mnemogrid.tool;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.mnemogrid.GridConfig;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.Proofs;
import io.mnemogrid.Space;
import io.mnemogrid.chain.Anvil;
import io.mnemogrid.checkpoint.Bundle;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Prover.Answer;
import io.mnemogrid.checkpoint.StoredCheckpoint;
import io.mnemogrid.command.Main;
import io.mnemogrid.command.Training;
import io.mnemogrid.grid.TestGrid;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Bundles of a real member, also through one without a store, checked by the command line. */
class ProofCommandsIT {
  private static final SpaceName SPACE = SpaceName.of("daryl");
  private static final Author BOT = new Author("bot-a");
  private static final Pointer PATH = Pointer.parse("/facts/history/total");

  @TempDir Path folder;
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();
  private final ByteArrayOutputStream err = new ByteArrayOutputStream();

  private int run(String... args) {
    out.reset();
    err.reset();
    return Main.run(
        new PrintStream(out, true, StandardCharsets.UTF_8),
        new PrintStream(err, true, StandardCharsets.UTF_8),
        args);
  }

  private int verify(String... args) {
    return run(
        Stream.concat(Stream.of("verify", file().toString()), Stream.of(args))
            .toArray(String[]::new));
  }

  private Path file() {
    return folder.resolve("bundle.json");
  }

  private Bundle keep(Answer answer) throws IOException {
    assertThat(answer).isInstanceOf(Answer.Made.class);
    String text = ((Answer.Made) answer).bundle();
    Files.writeString(file(), text);
    return Bundle.parse(text);
  }

  private String notaryKey() throws Exception {
    String pem =
        Files.readString(folder.resolve("notary/notary.pub")).replaceAll("-----.*-----|\\s", "");
    byte[] encoded =
        KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(Base64.getDecoder().decode(pem)))
            .getEncoded();
    return HexFormat.of().formatHex(encoded, encoded.length - 32, encoded.length);
  }

  @Test
  void checksWhatARealGridHandsOut() throws Exception {
    int port = TestGrid.freePort();
    GridConfig config =
        TestGrid.member(folder, port)
            .withAnchor(new GridConfig.AnchorConfig.Notary(folder.resolve("notary")))
            .withLogKey(folder.resolve("named"))
            .withCheckpoints(Duration.ofMillis(300), 1000);
    try (Mnemogrid grid = Mnemogrid.start(config);
        Mnemogrid bot = Mnemogrid.start(TestGrid.bot(folder, port, port + 2))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      assertThat(bot.proofs().fact(SPACE, PATH, 0, 0)).isEqualTo(new Answer.Uncovered(0, 0));
      for (int i = 1; i <= 12; i++) {
        space.compute(PATH, BOT, value -> Json.of(value == null ? 1 : 20));
        if (i == 5) {
          await()
              .atMost(Duration.ofSeconds(90))
              .until(() -> space.finalizedVersion() == space.head().version());
        }
      }
      await()
          .atMost(Duration.ofSeconds(90))
          .until(() -> space.finalizedVersion() == space.head().version());
      for (Proofs proofs : List.of(grid.proofs(), bot.proofs())) {
        checks(proofs, space.head().version());
      }
      assertThat(bot.proofs().signedLog(SPACE)).isEqualTo(grid.proofs().signedLog(SPACE));
      assertThat(folder.resolve("named/notary.pub")).exists();
      assertThat(folder.resolve("log-key")).doesNotExist();
      StoredCheckpoint first = grid.checkpoints().find(1).orElseThrow();
      Bundle old = keep(bot.proofs().fact(SPACE, PATH, 1, 1));
      assertThat(old.place().header()).isEqualTo(first.checkpoint().header());
      assertThat(verify("--checkpoint", first.checkpoint().hash().toString())).isZero();
    }
  }

  @Test
  void readsTheCheckpointFromAChainOfItsOwnChoice() throws Exception {
    int port = TestGrid.freePort();
    try (Anvil chain = Anvil.start();
        Mnemogrid grid =
            Mnemogrid.start(
                TestGrid.member(folder, port)
                    .withAnchor(new GridConfig.AnchorConfig.Evm(chain.endpoint(), null, null, 1))
                    .withCheckpoints(Duration.ofMillis(300), 1000))) {
      grid.createSpace(SPACE, "{}");
      Space space = grid.space(SPACE).orElseThrow();
      space.compute(PATH, BOT, _ -> Json.of(20));
      await().atMost(Duration.ofSeconds(90)).until(() -> space.finalizedVersion() == 1);
      Bundle bundle = keep(grid.proofs().fact(SPACE, PATH, 0, 0));
      // only this test takes the address from the bundle; an outsider has it from elsewhere
      assertThat(bundle.hints()).isNotNull();
      String contract =
          ((Json.Str) bundle.hints().members().getOrDefault("contract", Json.of(""))).value();
      List<String> trusted =
          List.of("--chain", chain.endpoint().toString(), "--contract", contract, "--chain-id");
      assertThat(verify(trusted, "31337")).isZero();
      assertThat(out.toString(StandardCharsets.UTF_8)).contains("\"value\":20");
      assertThat(verify(trusted, "1")).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8)).contains("chain 31337, not of 1");
      String nobody = "0x" + "12".repeat(20);
      List<String> wrong =
          List.of("--chain", chain.endpoint().toString(), "--contract", nobody, "--chain-id");
      assertThat(verify(wrong, "31337")).isEqualTo(1);
      assertThat(err.toString(StandardCharsets.UTF_8)).contains("no contract");

      Header later = new Header(9, Hash.ZERO, Hash.ZERO, Hash.ZERO);
      Bundle ahead =
          new Bundle(
              bundle.subject(),
              new Bundle.Place(later, bundle.place().head(), bundle.place().proof()),
              bundle.hints());
      Files.writeString(file(), ahead.toText());
      assertThat(verify(trusted, "31337")).isEqualTo(7);
      assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no checkpoint 9");
      Header forged =
          new Header(
              1, Hash.ZERO, bundle.place().header().forestRoot(), Hash.sha256("another manifest"));
      Bundle other =
          new Bundle(
              bundle.subject(),
              new Bundle.Place(forged, bundle.place().head(), bundle.place().proof()),
              bundle.hints());
      Files.writeString(file(), other.toText());
      assertThat(verify(trusted, "31337")).isEqualTo(7);
      Files.writeString(file(), bundle.toText());
      chain.kill();
      assertThat(verify(trusted, "31337")).isEqualTo(6);
    }
  }

  private int verify(List<String> options, String last) {
    List<String> all = new ArrayList<>(options);
    all.add(last);
    return verify(all.toArray(String[]::new));
  }

  private void checks(Proofs proofs, long head) throws Exception {
    Bundle bundle = keep(proofs.fact(SPACE, PATH, 0, 0));
    String hash = bundle.place().header().hash().toString();
    String claim = bundle.claim().canonical();
    assertThat(verify("--checkpoint", hash)).isZero();
    assertThat(out.toString(StandardCharsets.UTF_8))
        .contains("\"value\":20", "\"kind\":\"fact\"", "\"number\":");
    assertThat(verify("--checkpoint", hash, "--expect", claim)).isZero();
    assertThat(verify("--checkpoint", hash, "--expect", "{\"value\":21}")).isEqualTo(7);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("step expect", "expected was 21");
    assertThat(verify("--checkpoint", hash, "--expect", "{\"other\":1}")).isEqualTo(7);

    String notary = folder.resolve("notary/notary.jsonl").toString();
    assertThat(verify("--notary-key", notaryKey(), "--notary-file", notary)).isZero();
    assertThat(verify("--notary-key", "00".repeat(32), "--notary-file", notary)).isEqualTo(1);
    assertThat(verify("--notary-key", notaryKey(), "--notary-file", notary + "x")).isEqualTo(6);
    Path empty = Files.createTempFile(folder, "notary", ".jsonl");
    assertThat(verify("--notary-key", notaryKey(), "--notary-file", empty.toString())).isEqualTo(7);

    assertThat(verify("--checkpoint", "0x" + "00".repeat(32))).isEqualTo(7);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("does not hold, step checkpoint");
    Files.writeString(file(), Files.readString(file()) + "\n");
    assertThat(verify("--checkpoint", hash)).isZero();
    Files.writeString(file(), Files.readString(file()).replace("\"value\":20", "\"value\":21"));
    assertThat(verify("--checkpoint", hash)).isEqualTo(7);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("does not hold, step claim");
    Files.writeString(file(), Files.readString(file()).replace(",", ", "));
    assertThat(verify("--checkpoint", hash)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).startsWith("unreadable");

    Bundle update = keep(proofs.update(SPACE, 2, 0));
    hash = update.place().header().hash().toString();
    assertThat(
            verify(
                "--checkpoint",
                hash,
                "--expect",
                "{\"version\":2,\"record\":{\"author\":\"bot-a\"}}"))
        .isZero();
    assertThat(verify("--checkpoint", hash, "--expect", "{\"record\":{\"author\":\"bot-b\"}}"))
        .isEqualTo(7);
    Bundle growth = keep(proofs.consistency(SPACE, 5, head));
    hash = growth.place().header().hash().toString();
    assertThat(verify("--checkpoint", hash, "--expect", "{\"from\":{\"size\":5}}")).isZero();
  }

  @Test
  void saysWhatItCannotTell() throws IOException {
    String hash = "0x" + "00".repeat(32);
    assertThat(run("verify", "x")).isEqualTo(2);
    assertThat(run("verify", "x", "--checkpoint")).isEqualTo(2);
    assertThat(run("verify", folder.resolve("none").toString(), "--checkpoint", hash)).isEqualTo(9);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no " + folder);
    assertThat(run("verify", "x", "--checkpoint", hash, "--chain", "y")).isEqualTo(2);
    assertThat(run("verify", "x", "--hints", "y")).isEqualTo(2);
    assertThat(run("prove", "daryl", "/a", "--url", "http://127.0.0.1:1")).isEqualTo(6);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("./mnemogrid run");
    assertThat(run("prove", "daryl")).isEqualTo(2);
    Path kept = Files.write(file(), Training.sample());
    assertThat(run("verify", kept.toString(), "--notary-key", "zz", "--notary-file", "x"))
        .isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("64 hex digits, not 'zz'");
    assertThat(run("verify", folder.toString(), "--checkpoint", hash)).isEqualTo(2);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains(folder + " is a folder");
    assertThat(run("prove", "daryl", "/a", "-o", folder.toString())).isEqualTo(2);
    assertThat(run("prove", "daryl", "/a", "-o", folder.resolve("no/x").toString())).isEqualTo(9);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("there is no " + folder);
  }
}
