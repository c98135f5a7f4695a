package io.mnemogrid.demo;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.NullMarked;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An API that tells the truth is believed, one that lies in any place is not. */
@NullMarked
class OutsiderTest {
  private static final SpaceName DARYL = SpaceName.of("daryl");
  private static final String STATE = "/v1/spaces/daryl/state?reserved=yes&at=3";
  private static final String UPDATES = "/v1/spaces/daryl/updates?since=0&limit=500";

  private final Map<String, byte[]> told = new ConcurrentHashMap<>();
  private final List<String> records = new ArrayList<>();
  private final Json.Obj document = Json.parseObject("{\"facts\":{\"total_posts\":20}}");
  private HttpServer server;
  private Outsider outsider;
  private Header first;
  private Header second;

  @BeforeEach
  void serveTwoCheckpoints() throws IOException {
    Hash previous = Hash.ZERO;
    List<Hash> leaves = new ArrayList<>();
    for (int version = 1; version <= 3; version++) {
      records.add("{\"previous\":\"%s\",\"version\":%d}".formatted(previous, version));
      previous = LogTree.leafHash(records.getLast().getBytes(UTF_8));
      leaves.add(previous);
    }
    Head other = new Head(SpaceName.of("other"), 7, Hash.sha256("state"), Hash.sha256("log"));
    Head daryl = new Head(DARYL, 3, SlowRoot.of(document), LogTree.root(leaves));
    Trie<Head> forest = Trie.<Head>empty().with(other);
    first = checkpoint(1, Hash.ZERO, forest, other);
    second = checkpoint(2, first.hash(), forest.with(daryl), daryl);
    told.put(STATE, document.canonicalBytes());
    tellRecords();

    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = told.getOrDefault(exchange.getRequestURI().toString(), new byte[0]);
          exchange.sendResponseHeaders(
              body.length == 0 ? 404 : 200, body.length == 0 ? -1 : body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    outsider = new Outsider(new Api("http://127.0.0.1:" + server.getAddress().getPort(), ""));
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private Header checkpoint(long number, Hash previous, Trie<Head> forest, Head changed) {
    Manifest manifest =
        new Manifest(
            number,
            new Address("0x" + "ab".repeat(20)),
            previous,
            List.of(
                new Manifest.Entry(
                    changed, ContentAddress.of("snapshot".getBytes(UTF_8)), changed.version())),
            Instant.EPOCH);
    Header header = new Header(number, previous, forest.root(), manifest.digest());
    tellBlob(manifest.digest(), manifest.toText().getBytes(UTF_8));
    tellBlob(header.hash(), header.toBytes());
    return header;
  }

  private void tellBlob(Hash address, byte[] bytes) {
    told.put(
        "/v1/blobs/" + new ContentAddress(address).toString().substring("ipfs://".length()), bytes);
  }

  private void tellRecords() {
    told.put(
        UPDATES, ("{\"items\":[" + String.join(",", records) + "],\"next\":null}").getBytes(UTF_8));
  }

  private Outsider.Finding check() {
    return outsider.check(second.hash(), DARYL);
  }

  @Test
  void believesWhatLeadsToTheHash() {
    Outsider.Finding finding = check();
    assertThat(finding.forest().holds()).isTrue();
    assertThat(finding.state().holds()).isTrue();
    assertThat(finding.log().holds()).isTrue();
    assertThat(finding.spaces()).isEqualTo(2);
    assertThat(finding.records()).isEqualTo(3);
  }

  @Test
  void noticesAnotherDocument() {
    told.put(STATE, "{\"facts\":{\"total_posts\":21}}".getBytes(UTF_8));
    assertThat(check().state().holds()).isFalse();
  }

  @Test
  void refusesADocumentThatIsNotCanonical() {
    told.put(STATE, "{\"facts\": {\"total_posts\":20}}".getBytes(UTF_8));
    assertThatThrownBy(this::check).hasMessageContaining("canonical");
  }

  @Test
  void noticesARewrittenNewestRecord() {
    records.set(2, records.get(2).replace("}", ",\"x\":1}"));
    tellRecords();
    assertThat(check().log().holds()).isFalse();
  }

  @Test
  void noticesAMissingNewestRecord() {
    records.removeLast();
    tellRecords();
    assertThat(check().log().holds()).isFalse();
  }

  @Test
  void refusesARewrittenOlderRecord() {
    records.set(0, records.get(0).replace("}", ",\"x\":1}"));
    tellRecords();
    assertThatThrownBy(this::check).hasMessageContaining("does not follow");
  }

  @Test
  void refusesAHeaderThatIsNotTheHash() {
    tellBlob(second.hash(), first.toBytes());
    assertThatThrownBy(this::check).hasMessageContaining("another hash");
  }

  @Test
  void refusesAManifestThatIsNotTheHeaders() {
    tellBlob(second.manifestDigest(), "{}".getBytes(UTF_8));
    assertThatThrownBy(this::check).hasMessageContaining("another hash");
  }

  @Test
  void noticesAForestOverOtherHeads() {
    Head head = new Head(DARYL, 3, SlowRoot.of(document), LogTree.root(List.of()));
    second = checkpoint(2, first.hash(), Trie.<Head>empty().with(head), head);
    assertThat(check().forest().holds()).isFalse();
  }
}
