package io.mnemogrid.api;

import static io.mnemogrid.api.RunningServer.delta;
import static org.assertj.core.api.Assertions.assertThat;

import io.mnemogrid.api.RunningServer.Answer;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.state.Json;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

/** Checkpoints over HTTP, and that they lead back to the document. */
class CheckpointsIT {
  private final RunningServer api = RunningServer.shared();

  @Test
  void leadsFromACheckpointBackToTheDocument() {
    api.settle();
    String space = api.newSpace();
    api.commit(space, delta("c-1", 0, "/a", "1"));
    assertThat(api.get("/v1/spaces/" + space + "/finality").string("status")).isEqualTo("pending");
    api.makeFinal(space, 1);

    Answer finality = api.get("/v1/spaces/" + space + "/finality?version=1");
    assertThat(finality.string("status")).isEqualTo("finalized");
    assertThat(finality.number("version")).isEqualTo(1);
    long number = finality.number("checkpoint");
    Answer checkpoint = api.get("/v1/checkpoints/" + number);
    assertThat(checkpoint.json().members().keySet())
        .containsExactly(
            "author",
            "hash",
            "header",
            "number",
            "pointer",
            "previous",
            "spaces",
            "status",
            "time",
            "transaction");
    Header header = Header.parse(HexFormat.of().parseHex(checkpoint.string("header").substring(2)));
    assertThat(header.hash().toString()).isEqualTo(checkpoint.string("hash"));
    assertThat(new ContentAddress(header.hash()).toString())
        .isEqualTo(checkpoint.string("pointer"));
    Answer head = api.get("/v1/spaces/" + space);
    assertThat(checkpoint.string("spaces/" + space + "/state_root")).isEqualTo(head.string("root"));
    assertThat(checkpoint.string("spaces/" + space + "/log_root"))
        .isEqualTo(head.string("log_root"));
    assertThat(head.number("finalized_version")).isEqualTo(1);

    Answer blob = blob(checkpoint.string("pointer"));
    assertThat(blob.header("content-type")).isEqualTo("application/octet-stream");
    assertThat(blob.response().body()).isEqualTo(header.toBytes());
    assertThat(blob.header("cache-control")).contains("immutable");
    Answer manifest = blob(new ContentAddress(header.manifestDigest()).toString());
    assertThat(manifest.header("content-type")).isEqualTo("application/json");
    Manifest.Entry entry =
        Manifest.parse(manifest.text()).spaces().stream()
            .filter(it -> it.head().space().text().equals(space))
            .findFirst()
            .orElseThrow();
    assertThat(blob(entry.snapshot().toString()).text()).isEqualTo("{\"a\":1}");
    assertThat(
            api.get(
                    "/v1/blobs/" + entry.snapshot().toString().substring("ipfs://".length()),
                    "If-None-Match",
                    "\"" + entry.snapshot() + "\"")
                .status())
        .isEqualTo(304);
  }

  private Answer blob(String address) {
    Answer blob = api.get("/v1/blobs/" + address.substring("ipfs://".length()));
    assertThat(blob.status()).isEqualTo(200);
    return blob;
  }

  @Test
  void listsTheNewestFirst() {
    String space = api.newSpace();
    for (int version = 1; version <= 2; version++) {
      api.commit(space, delta("o-" + version, version - 1, "/n", Integer.toString(version)));
      api.makeFinal(space, version);
    }
    long newest = api.get("/v1/checkpoints/latest").number("number");
    Answer page = api.get("/v1/checkpoints?limit=1");
    assertThat(page.number("items/0/number")).isGreaterThanOrEqualTo(newest);
    Answer next = api.get("/v1/checkpoints?limit=1&cursor=" + page.number("next"));
    assertThat(next.number("items/0/number")).isEqualTo(page.number("items/0/number") - 1);
    assertThat(next.string("items/0/hash")).isEqualTo(page.string("items/0/previous"));
    Answer first = api.get("/v1/checkpoints?cursor=2");
    assertThat(first.number("items/0/number")).isEqualTo(1);
    assertThat(first.at("next")).isEqualTo(Json.NULL);
    assertThat(api.get("/v1/spaces/" + space + "/state?view=finalized").text())
        .isEqualTo("{\"n\":2}");
  }

  @Test
  void saysWhatIsNotThere() {
    String space = api.newSpace();
    api.get("/v1/checkpoints/999999").isProblem(404, "unknown-checkpoint");
    api.get("/v1/checkpoints/last").isProblem(400, "bad-request");
    api.get("/v1/blobs/nonsense").isProblem(400, "bad-request");
    String nowhere = ContentAddress.of(new byte[] {1, 2, 3}).toString().substring(7);
    api.get("/v1/blobs/" + nowhere).isProblem(404, "unknown-blob");
    api.get("/v1/spaces/" + space + "/finality?version=4").isProblem(404, "unknown-version");
  }
}
