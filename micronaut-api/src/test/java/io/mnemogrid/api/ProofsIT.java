package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.checkpoint.BundleVerifier;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Proofs over HTTP: what is handed out holds against the checkpoint that the server names apart.
 */
class ProofsIT {
  private final RunningServer api = RunningServer.shared();

  private String space(int versions) {
    String space = api.newSpace();
    for (int version = 1; version <= versions; version++) {
      api.commit(space, delta("p-" + version, version - 1, "/n", Integer.toString(version)));
    }
    return space;
  }

  private Answer proof(String space, String what) {
    return api.get("/v1/spaces/" + space + "/proofs/" + what);
  }

  /** The bundle's claim, after it was checked against the hash of its checkpoint. */
  private String claim(Answer answer) {
    assertThat(answer.status()).as(answer.text()).isEqualTo(200);
    assertThat(answer.header("content-type")).isEqualTo("application/json");
    byte[] bundle = answer.response().body();
    Hash trusted = null;
    String header = answer.string("checkpoint/header");
    for (int n = 1; trusted == null; n++) {
      Answer checkpoint = api.get("/v1/checkpoints/" + n);
      assertThat(checkpoint.status()).isEqualTo(200);
      if (checkpoint.string("header").equals(header)) {
        trusted = Hash.parse(checkpoint.string("hash"));
      }
    }
    assertThat(BundleVerifier.verify(bundle, trusted))
        .isInstanceOf(BundleVerifier.Verdict.Holds.class);
    assertThat(BundleVerifier.verify(bundle, Hash.sha256(bundle)))
        .isInstanceOf(BundleVerifier.Verdict.Fails.class);
    return answer.at("claim").canonical();
  }

  @Test
  void provesFactsUpdatesAndGrowth() {
    String space = space(3);
    api.makeFinal(space, 3);
    assertThat(claim(proof(space, "fact?path=/n")))
        .isEqualTo(
            "{\"path\":\"/n\",\"space\":\"%s\",\"value\":3,\"verdict\":\"present\",\"version\":3}"
                .formatted(space));
    assertThat(claim(proof(space, "fact?path=n&at=2")))
        .isEqualTo(
            "{\"path\":\"/n\",\"space\":\"%s\",\"value\":2,\"verdict\":\"present\",\"version\":2}"
                .formatted(space));
    assertThat(claim(proof(space, "fact?path=/n/below")))
        .isEqualTo(
            "{\"path\":\"/n/below\",\"space\":\"%s\",\"verdict\":\"absent\",\"version\":3}"
                .formatted(space));
    Answer update = proof(space, "update?version=1");
    assertThat(claim(update)).isEqualTo("{\"space\":\"%s\",\"version\":1}".formatted(space));
    assertThat(update.string("update/record"))
        .isEqualTo(api.get("/v1/spaces/" + space + "/updates/1").text());
    Answer growth = proof(space, "consistency?from=1");
    assertThat(claim(growth)).isEqualTo("{\"space\":\"%s\",\"version\":3}".formatted(space));
    assertThat(growth.number("consistency/from/size")).isEqualTo(1);

    api.commit(space, delta("p-4", 3, "/n", "4"));
    proof(space, "fact?path=/n&at=4").isProblem(409, "not-checkpointed");
    assertThat(claim(proof(space, "fact?path=/n"))).contains("\"version\":3");
    api.makeFinal(space, 4);
    assertThat(claim(proof(space, "consistency?from=1&to=3"))).contains("\"version\":3");
    assertThat(claim(proof(space, "consistency?from=3&to=4"))).contains("\"version\":4");
    assertThat(claim(proof(space, "update?version=4"))).contains("\"version\":4");
    proof(space, "consistency?from=1&to=2").isProblem(409, "not-checkpointed");
  }

  @Test
  void saysWhatItCannotProve() {
    api.settle();
    String space = space(1);
    proof(space, "fact?path=/n").isProblem(409, "not-checkpointed");
    proof(space, "fact").isProblem(400, "bad-request");
    proof(space, "fact?path=/~").isProblem(400, "bad-request");
    proof(space, "fact?path=/n&at=0").isProblem(400, "bad-request");
    proof(space, "fact?path=/n&at=9").isProblem(404, "unknown-version");
    proof(space, "update?version=9").isProblem(404, "unknown-version");
    proof(space, "consistency").isProblem(400, "bad-request");
    proof(space, "consistency?from=2").isProblem(404, "unknown-version");
    proof("nowhere", "fact?path=/n").isProblem(404, "unknown-space");
    api.get("/v1/spaces/" + space + "/log-checkpoint").isProblem(409, "not-checkpointed");
    proof(space, "update?version=1&checkpoint=99999").isProblem(404, "unknown-checkpoint");
  }

  /** As of a time before the first version nothing was so; and there is no checkpoint 0. */
  @Test
  void provesNothingOfWhatWasBeforeTheFirst() {
    String space = space(1);
    api.makeFinal(space, 1);
    Answer before = proof(space, "fact?path=/n&at=2020-01-01T00:00:00Z");
    assertThat(before.isProblem(400, "bad-request").string("errors/0/pointer")).isEqualTo("?at");
    assertThat(claim(proof(space, "fact?path=/n&at=9999-01-01T00:00:00Z"))).contains("present");
    proof(space, "fact?path=/n&checkpoint=0").isProblem(404, "unknown-checkpoint");
    proof(space, "update?version=1&checkpoint=0").isProblem(404, "unknown-checkpoint");
  }

  private Ran prove(String space, String... more) {
    List<String> words = new ArrayList<>(List.of("prove", space, "/n", "--url"));
    words.add("http://127.0.0.1:" + api.server().getPort());
    words.addAll(List.of(more));
    return Ran.of(words.toArray(String[]::new));
  }

  /** One that is not there, 0 before all, is not taken for the newest. */
  @Test
  void theCommandProvesUnderTheCheckpointThatItIsGiven(@TempDir Path folder) throws IOException {
    String space = space(1);
    api.makeFinal(space, 1);
    long number = api.get("/v1/checkpoints/latest").number("number");
    Ran newest = prove(space);
    assertThat(newest.code()).as(newest.err()).isEqualTo(ExitCode.OK.code());
    assertThat(prove(space, "--checkpoint", Long.toString(number))).isEqualTo(newest);
    for (long none : List.of(0L, number + 1000)) {
      Path file = folder.resolve("bundle-" + none);
      Ran ran = prove(space, "--checkpoint", Long.toString(none), "-o", file.toString());
      assertThat(ran.code()).as(ran.err()).isEqualTo(ExitCode.NOTHING_THERE.code());
      assertThat(ran.err())
          .startsWith("mnemogrid: ")
          .contains(
              none == 0 ? "checkpoints are numbered from 1" : "there is no checkpoint " + none);
      assertThat(ran.out()).isEmpty();
      assertThat(file).doesNotExist();
    }
    assertThat(prove(space, "--checkpoint", "latest").code()).isEqualTo(ExitCode.USAGE.code());
  }

  @Test
  void signsTheLogForOtherTooling() throws Exception {
    String space = space(2);
    api.makeFinal(space, 2);
    Answer answer = api.get("/v1/spaces/" + space + "/log-checkpoint");
    assertThat(answer.header("content-type")).startsWith("text/plain");
    List<String> lines = answer.text().lines().toList();
    String origin = "mnemogrid/" + space;
    assertThat(lines).hasSize(5);
    assertThat(lines.get(0)).isEqualTo(origin);
    assertThat(lines.get(1)).isEqualTo("2");
    assertThat(HexFormat.of().formatHex(Base64.getDecoder().decode(lines.get(2))))
        .isEqualTo(api.get("/v1/spaces/" + space).string("log_root").substring(2));
    assertThat(lines.get(3)).isEmpty();
    assertThat(lines.get(4)).startsWith("— " + origin + " ");

    List<String> key = List.of(answer.header("mnemogrid-log-key").split("\\+", 3));
    assertThat(key.getFirst()).isEqualTo(origin);
    byte[] typed = Base64.getDecoder().decode(key.get(2));
    assertThat(typed).hasSize(33).startsWith(1);
    byte[] named = (origin + "\n").getBytes(StandardCharsets.UTF_8);
    byte[] all = Arrays.copyOf(named, named.length + typed.length);
    System.arraycopy(typed, 0, all, named.length, typed.length);
    String keyHash = Hash.sha256(all).toString().substring(2, 10);
    assertThat(key.get(1)).isEqualTo(keyHash);
    byte[] signed =
        Base64.getDecoder().decode(lines.get(4).substring(("— " + origin + " ").length()));
    assertThat(signed).hasSize(68);
    assertThat(HexFormat.of().formatHex(signed, 0, 4)).isEqualTo(keyHash);

    byte[] x509 =
        HexFormat.of()
            .parseHex("302a300506032b6570032100" + HexFormat.of().formatHex(typed, 1, 33));
    Signature verifier = Signature.getInstance("Ed25519");
    verifier.initVerify(
        KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509)));
    verifier.update(
        answer
            .text()
            .substring(0, answer.text().indexOf("\n\n") + 1)
            .getBytes(StandardCharsets.UTF_8));
    assertThat(verifier.verify(Arrays.copyOfRange(signed, 4, 68))).isTrue();
  }
}
