package io.mnemogrid.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Authors sign what they write, and nothing else passes as signed by them. */
class SignaturesTest {
  private static final Shape VECTORS = Vectors.read("signatures.json");
  private static final String GRID = "00112233445566778899aabbccddeeff";
  private static final String OTHER_GRID = "ffeeddccbbaa99887766554433221100";
  private static final Signer SIGNER = Signer.ofSeed(new byte[32]);

  private static String text(Shape vector, String name) {
    return vector.member(name).string();
  }

  private static byte[] hex(Shape vector, String name) {
    return HexFormat.of().parseHex(text(vector, name));
  }

  @Test
  void signsAsTheRfcDoes() {
    List<Shape> vectors = VECTORS.member("rfc8032").items();
    for (Shape vector : vectors) {
      byte[] message = hex(vector, "message");
      byte[] signature = hex(vector, "signature");
      byte[] key = hex(vector, "key");
      Signer signer = Signer.ofSeed(hex(vector, "seed"));
      assertThat(signer.key()).isEqualTo(AuthorSignature.encode(key));
      assertThat(signer.signBytes(message)).isEqualTo(signature);
      assertThat(AuthorSignature.verifies(key, message, signature)).isTrue();
      signature[40] ^= 1;
      assertThat(AuthorSignature.verifies(key, message, signature)).isFalse();
    }
    assertThat(vectors).hasSize(5);
  }

  @Test
  void takesWhatAnAuthorSignedAndNothingElse() {
    int refused = 0;
    for (Shape vector : VECTORS.member("deltas").items()) {
      String key = text(vector, "key");
      String signature = text(vector, "signature");
      String grid = text(vector, "grid");
      String space = text(vector, "space");
      String request = text(vector, "request");
      assertThat(AuthorSignature.message(grid, space, request)).isEqualTo(hex(vector, "message"));
      boolean holds = vector.member("holds").bool();
      assertThat(AuthorSignature.holds(key, signature, grid, space, request))
          .as(text(vector, "why"))
          .isEqualTo(holds);
      refused += holds ? 0 : 1;
      if (vector.optional("seed").isPresent()) {
        Signer signer = Signer.ofSeed(hex(vector, "seed"));
        assertThat(signer.key()).isEqualTo(key);
        assertThat(signer.sign(grid, space, request)).isEqualTo(signature);
      }
    }
    assertThat(refused).isEqualTo(93);
  }

  @Test
  void readsOneSpelling() {
    List<Shape> vectors = VECTORS.member("spellings").items();
    for (Shape vector : vectors) {
      assertThatIllegalArgumentException()
          .as(text(vector, "why"))
          .isThrownBy(() ->
              AuthorSignature.holds(
                  text(vector, "key"), text(vector, "signature"), GRID, "s", "{}"));
    }
    assertThat(vectors).hasSize(12);
  }

  @Test
  void readsAPrivateKeyAsOpensslWritesIt() {
    String pem = // of the seed of TEST 1
        "-----BEGIN PRIVATE KEY-----\n"
            + "MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
            + "-----END PRIVATE KEY-----\n";
    assertThat(Signer.ofPem(pem)).hasToString("signer 11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo");
    for (String bad : List.of("", pem.replace("MC4C", ""), pem.replace("MC4", "MC5"))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Signer.ofPem(bad))
          .withMessageNotContaining("IEIJ1h");
    }
    assertThatIllegalArgumentException().isThrownBy(() -> Signer.ofSeed(new byte[31]));
  }

  /** Commits, and says of which grid it is. */
  private static FakeMember.Behaviour member(String... grids) {
    int[] asked = {0};
    String roots =
        "\"root\":\"" + Hash.sha256() + "\",\"log_root\":\"" + Hash.sha256() + "\",\"space\":\"s\"";
    return (request, exchange) -> {
      if (request.method().equals("GET")) {
        String grid = grids[Math.min(asked[0]++, grids.length - 1)];
        exchange.send(
            200,
            "{\"grid\":"
                + grid
                + ",\"version\":2,\"leaves\":0,\"finalized_version\":0,"
                + "\"audited_version\":0,"
                + roots
                + "}");
      } else if (asked[0]++ != 1) { // the first sending gets lost
        exchange.send(
            201,
            "{\"applied\":[],\"outcome\":\"applied\",\"overrode\":[],\"superseded\":[],"
                + "\"update_id\":\"u\",\"version\":3,"
                + roots
                + "}");
      }
    };
  }

  private static Client.Builder client(FakeMember member) {
    return Client.builder(member.url()).author("me").signer(SIGNER);
  }

  private static List<String> sent(FakeMember member) {
    return member.requests().stream()
        .filter(request -> request.method().equals("POST"))
        .map(FakeMember.Request::body)
        .toList();
  }

  private static void assertSigned(String body, String grid) {
    Map<String, Json> members = new TreeMap<>(Json.parseCanonical(body).members());
    Json signature = members.remove("signature");
    assertThat(
            AuthorSignature.holds(
                signature.member("key").orElseThrow().text(),
                signature.member("value").orElseThrow().text(),
                grid,
                "s",
                new Json.Obj(members).canonical()))
        .isTrue();
  }

  @Test
  void signsForTheGridOfTheFirstAnswerAndSendsTheSameBytesAgain() throws IOException {
    try (FakeMember member = new FakeMember(member("\"" + GRID + "\"", "\"" + OTHER_GRID + "\""))) {
      Space space = client(member).build().existing("s");
      space.commit(new Delta().base(2).set("a", Map.of("é", List.of(1, 2.5))));
      assertThat(sent(member)).hasSize(2);
      assertThat(sent(member).stream().collect(Collectors.toSet())).hasSize(1);
      assertSigned(sent(member).get(0), GRID);
      assertThatThrownBy(() -> space.set("b", 1))
          .isInstanceOf(OtherGridException.class)
          .hasMessageContaining(OTHER_GRID);
      assertThat(sent(member)).hasSize(2);
    }
  }

  @Test
  void signsForTheGridThatIsGiven() throws IOException {
    try (FakeMember member = new FakeMember(member("\"" + OTHER_GRID + "\""))) {
      Space space = client(member).grid(GRID).build().existing("s");
      space.commit(new Delta().base(2).set("a", 1));
      assertSigned(sent(member).get(0), GRID);
      assertThatThrownBy(space::head).isInstanceOf(OtherGridException.class);
    }
  }

  @Test
  void signsForTheClientsAuthorAlone() throws IOException {
    try (FakeMember member = new FakeMember(member("null"))) {
      Space space = client(member).build().existing("s");
      space.commit(new Delta().base(2).set("a", 1).author("another"));
      assertThat(sent(member).get(0)).doesNotContain("signature");
      assertThatThrownBy(() -> space.commit(new Delta().base(2).set("a", 1)))
          .isInstanceOf(BadAnswerException.class);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Client.builder("http://127.0.0.1:1").signer(SIGNER).build());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Client.builder("http://127.0.0.1:1").grid("00"));
  }

  @Test
  void aRecordSaysWhatWasSignedAndNothingElse() {
    List<Shape> cases = Vectors.read("signed-requests.json").items();
    for (Shape one : cases) {
      boolean holds;
      try {
        new SignedRequest(one.member("request")).check(one.member("record"));
        holds = true;
      } catch (Fails e) {
        holds = false;
      }
      assertThat(holds).as(text(one, "what")).isEqualTo(one.member("holds").bool());
    }
    assertThat(cases).hasSizeGreaterThan(30);
  }
}
