package io.mnemogrid.signature;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.fasterxml.jackson.databind.JsonNode;
import io.mnemogrid.Vectors;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import java.util.HexFormat;
import java.util.List;
import org.bouncycastle.math.ec.rfc8032.Ed25519;
import org.junit.jupiter.api.Test;

/** Plays signatures.json: what is signed, and which signatures are refused. */
class SignatureVectorsTest {
  private static final JsonNode VECTORS = Vectors.read("signatures");

  private static String text(JsonNode vector, String name) {
    return vector.get(name).textValue();
  }

  private static byte[] hex(JsonNode vector, String name) {
    return HexFormat.of().parseHex(text(vector, name));
  }

  @Test
  void signsAsTheRfcDoes() {
    List<JsonNode> vectors = Vectors.items(VECTORS.get("rfc8032"));
    for (JsonNode vector : vectors) {
      byte[] message = hex(vector, "message");
      byte[] signature = hex(vector, "signature");
      AuthorKey key = AuthorKey.of(hex(vector, "key"));
      assertThat(AuthorSigner.ofSeed(hex(vector, "seed")).key()).isEqualTo(key);
      byte[] signed = new byte[Ed25519.SIGNATURE_SIZE];
      Ed25519.sign(hex(vector, "seed"), 0, message, 0, message.length, signed, 0);
      assertThat(signed).isEqualTo(signature);
      assertThat(key.verifies(message, signature)).as(text(vector, "name")).isTrue();
      signature[40] ^= 1;
      assertThat(key.verifies(message, signature)).as(text(vector, "name")).isFalse();
    }
    assertThat(vectors).hasSize(5);
  }

  @Test
  void refusesWhatTheAuthorDidNotSign() {
    int refused = 0;
    for (JsonNode vector : Vectors.items(VECTORS.get("deltas"))) {
      GridId grid = new GridId(text(vector, "grid"));
      SpaceName space = SpaceName.of(text(vector, "space"));
      Hash request = Hash.sha256(text(vector, "request"));
      assertThat(AuthorSignature.message(grid, space, request)).isEqualTo(hex(vector, "message"));
      boolean holds = vector.get("holds").booleanValue();
      assertThat(holds(vector, grid, space, request)).as(text(vector, "why")).isEqualTo(holds);
      refused += holds ? 0 : 1;
      if (vector.has("seed")) {
        AuthorSignature signature =
            AuthorSigner.ofSeed(hex(vector, "seed")).sign(grid, space, request);
        assertThat(signature.value()).isEqualTo(text(vector, "signature"));
        assertThat(signature.key().text()).isEqualTo(text(vector, "key"));
      }
    }
    assertThat(refused).isEqualTo(93);
  }

  private static boolean holds(JsonNode vector, GridId grid, SpaceName space, Hash request) {
    AuthorKey key;
    try {
      key = new AuthorKey(text(vector, "key"));
    } catch (IllegalArgumentException e) {
      return false;
    }
    return new AuthorSignature(key, text(vector, "signature")).signs(grid, space, request);
  }

  @Test
  void readsOneSpelling() {
    List<JsonNode> vectors = Vectors.items(VECTORS.get("spellings"));
    for (JsonNode vector : vectors) {
      assertThatIllegalArgumentException()
          .as(text(vector, "why"))
          .isThrownBy(() ->
              new AuthorSignature(new AuthorKey(text(vector, "key")), text(vector, "signature")));
    }
    assertThat(vectors).hasSize(12);
  }

  @Test
  void aRecordSaysWhatWasSignedAndNothingElse() {
    List<JsonNode> cases = Vectors.items(Vectors.read("signed-requests"));
    for (JsonNode one : cases) {
      Json.Obj request = Json.parseObject(one.get("request").toString());
      Json.Obj record = Json.parseObject(one.get("record").toString());
      assertThat(SignedRequest.whyNot(request, record) == null)
          .as(text(one, "what"))
          .isEqualTo(one.get("holds").booleanValue());
    }
    assertThat(cases).hasSizeGreaterThan(30);
  }
}
