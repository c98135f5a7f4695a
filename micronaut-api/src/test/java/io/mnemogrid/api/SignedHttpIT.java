package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.micronaut.runtime.server.EmbeddedServer;
import io.micronaut.test.extensions.junit5.annotation.MicronautTest;
import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.checkpoint.BundleVerifier;
import io.mnemogrid.checkpoint.BundleVerifier.Verdict;
import io.mnemogrid.command.ExitCode;
import io.mnemogrid.signature.AuthorSigner;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Deltas that their authors signed, over HTTP. */
@MicronautTest(contextBuilder = OwnServer.class)
class SignedHttpIT {
  private final RunningServer api;
  private final AuthorSigner signer = AuthorSigner.create();

  SignedHttpIT(EmbeddedServer server) {
    this.api = RunningServer.of(server);
  }

  /** With a time as records spell it. */
  private String signed(String space, String delta) {
    return signedAsItIs(space, delta.replace("19:00:50Z", "19:00:50.000Z"));
  }

  private String signedAsItIs(String space, String delta) {
    GridId grid = new GridId(api.get("/v1/spaces/" + space).string("grid"));
    Json.Obj request = Json.parseObject(delta);
    return request
        .with(
            "signature",
            signer.sign(grid, SpaceName.of(space), Hash.sha256(request.canonicalBytes())).toJson())
        .canonical();
  }

  private Answer key(String author, String key) {
    return api.send(
        "POST",
        "/v1/authors",
        "{\"author\":\"" + author + "\",\"key\":\"" + key + "\"}",
        "Content-Type",
        "application/json");
  }

  @Test
  void anAuthorIsProvenFromItsKeyToItsBundle() {
    String space = api.newSpace();
    String author = Json.parseObject(delta("s1", 0, "/a", "1")).text("author");
    String key = signer.key().text();
    String one = signed(space, delta("s1", 0, "/a", "1"));
    Answer none = api.commit(space, one);
    none.isProblem(403, "bad-signature");
    assertThat(none.text()).contains("/signature");

    assertThat(key(author, key).status()).isEqualTo(201);
    assertThat(key(author, key).status()).as("it is there").isEqualTo(200);
    assertThat(api.get("/v1/authors").text()).contains(author, key);
    assertThat(api.get("/v1/members").string("grid"))
        .isEqualTo(api.get("/v1/authors").string("grid"));
    api.commit(space, one.replace("\"/a\"", "\"/b\"")).isProblem(403, "bad-signature");
    assertThat(api.commit(space, one).status()).as(one).isEqualTo(201);
    assertThat(
            api.commit(space, delta("s1", 0, "/a", "1").replace("19:00:50Z", "19:00:50.000Z"))
                .status())
        .as("the same request without its signature")
        .isEqualTo(200);
    Answer record = api.get("/v1/spaces/" + space + "/updates/1");
    assertThat(record.text()).contains("\"signed\":{\"authors\":2,\"key\":\"" + key);
    Answer list =
        api.commit(
            space,
            "[" + signed(space, delta("s2", 1, "/c", "1")) + "," + delta("s3", 1, "/d", "1") + "]");
    assertThat(list.status()).isEqualTo(201);
    Answer bad =
        api.commit(
            space,
            "["
                + delta("s4", 3, "/e", "1")
                + ","
                + signed(space, delta("s5", 3, "/f", "1")).replace("\"/f\"", "\"/g\"")
                + "]");
    bad.isProblem(403, "bad-signature");
    assertThat(bad.text()).contains("\"pointer\":\"/1/signature\"");

    api.makeFinal(space, 3);
    assertThat(verdict(space, 1)).isTrue();
    assertThat(verdict(space, 2)).isTrue();
    assertThat(verdict(space, 3)).as("nobody signed it").isFalse();

    assertThat(api.send("DELETE", "/v1/authors/" + author + "/keys/" + key, "").status())
        .isEqualTo(200);
    api.send("DELETE", "/v1/authors/" + author + "/keys/" + key, "").isProblem(404, "unknown-key");
    api.commit(space, signed(space, delta("s6", 3, "/h", "1"))).isProblem(403, "bad-signature");
    assertThat(api.commit(space, one).status()).as("a repeated id comes first").isEqualTo(200);
  }

  private boolean verdict(String space, long version) {
    Answer bundle = api.get("/v1/spaces/" + space + "/proofs/update?version=" + version);
    Hash newest = Hash.parse(api.get("/v1/checkpoints/latest").string("hash"));
    Verdict verdict = BundleVerifier.verify(bundle.text().getBytes(StandardCharsets.UTF_8), newest);
    assertThat(verdict).as(bundle.text()).isInstanceOf(Verdict.Holds.class);
    return ((Verdict.Holds) verdict).isAuthorProven();
  }

  @Test
  void whatIsNoKeyOrNoSignatureIsRefusedWithItsPlace() {
    String space = api.newSpace();
    for (String wrong :
        new String[] {"", "short", "A".repeat(43), "A".repeat(42) + "B", "~".repeat(43)}) {
      Answer answer = key("bot-x", wrong);
      answer.isProblem(400, "bad-request");
      assertThat(answer.text()).contains("\"pointer\":\"/key\"");
    }
    key("no author", signer.key().text()).isProblem(400, "bad-request");
    Json.Obj one = Json.parseObject(delta("w1", 0, "/a", "1"));
    for (String wrong :
        new String[] {
          "1",
          "{}",
          "{\"key\":\"" + signer.key() + "\"}",
          "{\"key\":\"" + signer.key() + "\",\"value\":\"AA\"}",
          "{\"key\":\"" + signer.key() + "\",\"value\":\"AA\",\"more\":1}"
        }) {
      Answer answer = api.commit(space, one.with("signature", Json.parse(wrong)).canonical());
      answer.isProblem(400, "bad-request");
      assertThat(answer.text()).contains("\"pointer\":\"/signature");
    }
    assertThat(api.get("/v1/spaces/" + space).number("version")).isZero();
  }

  @Test
  void aSignedDeltaOfTooManyBytesIsRefusedAsOneThatIsTooLarge() {
    String space = api.newSpace();
    String large =
        "{\"l1\":\"%1$s\",\"l2\":\"%1$s\",\"l3\":\"%1$s\"}".formatted("x".repeat(200 << 10));
    Answer answer = api.commit(space, signed(space, delta("l1", 0, "/a", large)));
    answer.isProblem(400, "bad-request");
    assertThat(answer.text()).contains("at most 512 KiB");
    Answer other = api.commit(space, signedAsItIs(space, delta("t1", 0, "/a", "1")));
    other.isProblem(403, "bad-signature");
    assertThat(other.text()).contains("milliseconds");
  }

  @Test
  void aPolicyAndAStreamWithoutValues() {
    String space = api.newSpace();
    Json.Obj first = Json.parseObject(delta("p1", 0, "/a", "1"));
    key(first.text("author"), signer.key().text());
    assertThat(api.commit(space, signed(space, delta("p1", 0, "/a", "\"said\""))).status())
        .isEqualTo(201);
    try (SseClient events =
        SseClient.open(
            api.server().getPort(), "/v1/spaces/" + space + "/events?since=0&values=no")) {
      String told = events.next("commit").data();
      assertThat(told).contains("\"signed\":{").doesNotContain("said");
    }
    String policy = "{\"format\":\"mnemogrid-policy-1\",\"require\":{\"signature\":\"required\"}}";
    assertThat(api.commit(space, delta("p2", 1, "/_mnemogrid/policy", policy)).status())
        .isEqualTo(201);
    api.commit(space, delta("p3", 2, "/a", "2")).isProblem(403, "signature-required");
    assertThat(api.commit(space, signed(space, delta("p4", 2, "/a", "3"))).status()).isEqualTo(201);
  }

  private String good(String... words) {
    List<String> all = new ArrayList<>(List.of(words));
    if (!words[0].equals("verify") && !List.of(words).contains("new-key")) {
      all.addAll(List.of("--url", "http://127.0.0.1:" + api.server().getPort()));
    }
    Ran ran = Ran.of(all.toArray(String[]::new));
    assertThat(ran.code()).as("%s: %s", all, ran.err()).isZero();
    return ran.out();
  }

  /** The page docs/authors.md, command by command. */
  @Test
  void theCommandsOfThePageDoWhatItSays(@TempDir Path folder) throws IOException {
    String space = api.newSpace();
    String file = folder.resolve("bot-b.pem").toString();
    String key = good("authors", "new-key", file).strip();
    assertThat(Files.getPosixFilePermissions(Path.of(file)))
        .isEqualTo(PosixFilePermissions.fromString("rw-------"));
    assertThat(AuthorSigner.parsePem(Files.readString(Path.of(file))).key().text()).isEqualTo(key);
    Ran again = Ran.of("authors", "new-key", file);
    assertThat(again.code()).isEqualTo(ExitCode.CONFLICT.code());
    assertThat(again.err()).contains("not written over");

    assertThat(good("authors", "add", "bot-b", "--key-file", file)).contains("bot-b", key);
    assertThat(good("authors", "list")).contains("grid", "bot-b", key);
    good("set", space, "/facts/tea", "\"green\"", "--as", "bot-b", "--sign", file);
    good("set", space, "/facts/milk", "1", "--as", "bot-b");
    api.makeFinal(space, 2);
    String checkpoint = api.get("/v1/checkpoints/latest").string("hash");
    String bundle = folder.resolve("bundle.json").toString();
    for (String version : List.of("1", "2")) {
      Files.writeString(Path.of(bundle), good("prove", space, "--update", version).strip());
      assertThat(good("verify", bundle, "--checkpoint", checkpoint))
          .contains("\"author\":\"" + (version.equals("1") ? "proven" : "claimed") + "\"");
    }
    Ran expected =
        Ran.of("verify", bundle, "--checkpoint", checkpoint, "--expect", "{\"author\":\"proven\"}");
    assertThat(expected.code()).isEqualTo(ExitCode.DOES_NOT_HOLD.code());

    assertThat(good("authors", "revoke", "bot-b", "--key-file", file)).contains("bot-b", key);
    String url = "http://127.0.0.1:" + api.server().getPort();
    Ran refused =
        Ran.of("set", space, "/facts/tea", "1", "--as", "bot-b", "--sign", file, "--url", url);
    assertThat(refused.code()).isEqualTo(ExitCode.NOT_ALLOWED.code());
    assertThat(refused.err()).contains("none of the author's");
    Ran grid = Ran.of("set", space, "/a", "1", "--sign", file, "--grid", "moon", "--url", url);
    assertThat(grid.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(grid.err()).contains("a grid id has 32 hex digits");
    Files.writeString(
        Path.of(file), "-----BEGIN PRIVATE KEY-----\nMC4C\n-----END PRIVATE KEY-----");
    Ran none = Ran.of("set", space, "/facts/tea", "1", "--sign", file, "--url", url);
    assertThat(none.code()).isEqualTo(ExitCode.USAGE.code());
    assertThat(none.err()).contains(file).doesNotContain("MC4C");
    assertThat(Ran.of("prove", space, "/a", "--update", "1", "--url", url).code())
        .isEqualTo(ExitCode.USAGE.code());
  }
}
