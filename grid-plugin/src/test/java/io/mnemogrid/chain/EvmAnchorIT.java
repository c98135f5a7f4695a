package io.mnemogrid.chain;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.mnemogrid.OwnTime;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.Anchor.Inclusion;
import io.mnemogrid.checkpoint.AnchorContractTest;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.Checkpoint;
import io.mnemogrid.checkpoint.SignedTransaction;
import io.mnemogrid.state.Hash;
import java.io.IOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.web3j.crypto.TransactionDecoder;
import org.web3j.crypto.transaction.type.Transaction1559;

class EvmAnchorIT extends AnchorContractTest {
  private static final Address NOBODY = new Address("0x" + "9".repeat(40));
  private static @Nullable Anvil shared;

  private @Nullable Address contract;

  @BeforeAll
  static void startChain() {
    shared = Anvil.start();
  }

  @AfterAll
  static void stopChain() {
    if (shared != null) {
      shared.close();
    }
  }

  private static Anvil chain() {
    if (shared == null) {
      throw new AssertionError("no chain");
    }
    return shared;
  }

  @Override
  protected Anchor open() {
    if (contract == null) {
      contract = deploy(chain());
    }
    return connect(chain(), contract);
  }

  private static Address deploy(Anvil anvil) {
    return EvmAnchor.deploy(anvil.endpoint(), DevChain.key(anvil.endpoint()), FeePolicy.DEFAULT);
  }

  private static EvmAnchor connect(Anvil anvil, Address contract) {
    return connect(anvil.endpoint(), DevChain.key(anvil.endpoint()), contract);
  }

  private static EvmAnchor connect(URI endpoint, ChainKey key, Address contract) {
    return EvmAnchor.connect(endpoint, key, contract, 1, FeePolicy.DEFAULT);
  }

  private static Checkpoint first(Anchor anchor) {
    return checkpoint(1, Hash.ZERO, "a", anchor.author());
  }

  @Test
  void deploysWhatAnswers() {
    Address deployed = deploy(chain());

    assertThat(EvmAnchor.hasCode(chain().endpoint(), deployed)).isTrue();
    assertThat(EvmAnchor.hasCode(chain().endpoint(), NOBODY)).isFalse();
    try (EvmAnchor anchor = connect(chain(), deployed)) {
      assertThat(anchor.identity()).isEqualTo("evm:31337:" + deployed);
      assertThat(anchor.latest()).isZero();
    }
  }

  @Test
  void addressWithoutContractIsUnavailableAndNotEmpty() {
    try (EvmAnchor anchor = connect(chain(), NOBODY)) {
      assertThatThrownBy(anchor::latest)
          .isInstanceOf(AnchorUnavailable.class)
          .hasMessageContaining("does not stand at");
      assertThatThrownBy(() -> anchor.find(1)).isInstanceOf(AnchorUnavailable.class);
    }
  }

  @Test
  void timeIsThatOfTheBlock() throws Exception {
    Anchor anchor = anchor();
    sent(anchor, signed(anchor, first(anchor)));
    long seconds =
        Long.decode(
            chain().rpc("eth_getBlockByNumber", "latest", false).path("timestamp").asText());
    assertThat(anchor.find(1).orElseThrow().time()).isEqualTo(Instant.ofEpochSecond(seconds));
  }

  @Test
  void authorIsWhoTheManifestNames() throws Exception {
    Anchor anchor = anchor();
    Address leader = new Address("0x" + "ab".repeat(20));
    sent(anchor, signed(anchor, checkpoint(1, Hash.ZERO, "a", leader)));
    assertThat(anchor.find(1).orElseThrow().author()).isEqualTo(leader);
  }

  @Test
  void confirmationsGrowWithBlocks() throws Exception {
    Anchor anchor = anchor();
    SignedTransaction transaction = signed(anchor, first(anchor));
    sent(anchor, transaction);
    long block = ((Inclusion.Included) anchor.inclusion(transaction)).block();
    chain().rpc("anvil_mine", "0x3");
    assertThat(anchor.inclusion(transaction))
        .isInstanceOfSatisfying(
            Inclusion.Included.class,
            in -> {
              assertThat(in.block()).isEqualTo(block);
              assertThat(in.confirmations()).isEqualTo(4);
            });
  }

  @Test
  void refusesWhoIsNotTheCheckpointer() throws Exception {
    Anchor mine = anchor();
    ChainKey stranger = ChainKey.parse(ChainKeyTest.SECOND);
    try (EvmAnchor other = connect(chain().endpoint(), stranger, nonNullContract())) {
      SignedTransaction transaction = signed(other, first(other));
      sent(other, transaction);
      assertThat(other.inclusion(transaction))
          .extracting("reason")
          .isEqualTo("NotCheckpointer(" + stranger.address() + ")");
      assertThat(mine.latest()).isZero();
    }
  }

  private Address nonNullContract() {
    if (contract == null) {
      throw new AssertionError("no contract");
    }
    return contract;
  }

  @Test
  void saysWhyANumberWasRefused() throws Exception {
    Anchor anchor = anchor();
    SignedTransaction transaction = signed(anchor, checkpoint(3, Hash.ZERO, "a", anchor.author()));
    sent(anchor, transaction);
    assertThat(anchor.inclusion(transaction))
        .extracting("reason")
        .isEqualTo("VersionNotNext(1, 3)");
  }

  @Test
  void saysThatAnotherTransactionUsedTheNonce() throws Exception {
    Anchor anchor = anchor();
    SignedTransaction one = signed(anchor, first(anchor));
    SignedTransaction two = signed(anchor, checkpoint(1, Hash.ZERO, "b", anchor.author()));
    assertThat(one.nonce()).isEqualTo(two.nonce());
    sent(anchor, one);
    sent(anchor, two);
    assertThat(anchor.inclusion(one)).isInstanceOf(Inclusion.Included.class);
    assertThat(anchor.inclusion(two))
        .isEqualTo(
            new Inclusion.Displaced(
                "another transaction has used nonce " + two.nonce() + " of " + anchor.author()));
  }

  @Test
  void reorgTakesItAwayAndTheSameTransactionBringsItBack() {
    try (Anvil anvil = Anvil.start();
        EvmAnchor anchor = connect(anvil, deploy(anvil))) {
      anvil.rpc("anvil_mine", "0x5");
      Checkpoint checkpoint = first(anchor);
      SignedTransaction transaction = signed(anchor, checkpoint);
      sent(anchor, transaction);
      assertThat(anchor.inclusion(transaction)).isInstanceOf(Inclusion.Included.class);
      anvil.rpc("anvil_mine", "0x1");

      anvil.rpc("anvil_reorg", 3, List.of());

      assertThat(anchor.latest()).isZero();
      assertThat(anchor.find(1)).isEmpty();
      assertThat(anchor.inclusion(transaction)).isEqualTo(new Inclusion.Missing());
      sent(anchor, transaction);
      assertThat(anchor.inclusion(transaction)).isInstanceOf(Inclusion.Included.class);
      assertThat(anchor.find(1).orElseThrow().hash()).isEqualTo(checkpoint.hash());
    }
  }

  @Test
  void waitsWhileNoBlockTakesIt() {
    try (Anvil anvil = Anvil.start();
        EvmAnchor anchor = connect(anvil, deploy(anvil))) {
      anvil.rpc("evm_setAutomine", false);
      SignedTransaction one = signed(anchor, first(anchor));
      anchor.send(one);
      anchor.send(one); // already known
      SignedTransaction two = signed(anchor, checkpoint(2, Hash.ZERO, "b", anchor.author()));
      anchor.send(two);
      assertThat(two.nonce()).isEqualTo(one.nonce() + 1);
      assertThat(anchor.inclusion(one)).isEqualTo(new Inclusion.Waiting());
      assertThat(anchor.latest()).isZero();

      anvil.rpc("anvil_dropTransaction", two.hash());
      assertThat(anchor.inclusion(two)).isEqualTo(new Inclusion.Missing());
      anchor.send(two);
      anvil.rpc("evm_mine");

      assertThat(anchor.latest()).isEqualTo(2);
      assertThat(anchor.inclusion(one)).isInstanceOf(Inclusion.Included.class);
      assertThat(anchor.inclusion(two)).isInstanceOf(Inclusion.Included.class);
    }
  }

  /** anvil throws out of its pool what cannot pay, so the spike looks like a loss. */
  @Test
  void baseFeeSpikeDelaysItAndTheSameTransactionGoesInAfterwards() {
    try (Anvil anvil = Anvil.start();
        EvmAnchor anchor = connect(anvil, deploy(anvil))) {
      SignedTransaction transaction = signed(anchor, first(anchor));
      anvil.rpc("anvil_setNextBlockBaseFeePerGas", "0xe8d4a51000"); // 1000 gwei
      anvil.rpc("evm_mine");

      assertThatThrownBy(() -> anchor.send(transaction))
          .isInstanceOf(AnchorUnavailable.class)
          .hasMessageContaining("fee");
      assertThat(anchor.inclusion(transaction)).isEqualTo(new Inclusion.Missing());

      anvil.rpc("anvil_setNextBlockBaseFeePerGas", "0x1");
      anvil.rpc("evm_mine");
      assertThat(sent(anchor, transaction)).isInstanceOf(Inclusion.Included.class);
    }
  }

  @Test
  void signsNothingWhileABlockAsksForMoreThanTheCap() {
    ChainKey key = DevChain.key(chain().endpoint());
    Address deployed = deploy(chain());
    FeePolicy cheap = FeePolicy.DEFAULT.withMaxFeePerGas(BigInteger.valueOf(7));
    try (EvmAnchor anchor = EvmAnchor.connect(chain().endpoint(), key, deployed, 1, cheap);
        EvmAnchor usual = connect(chain().endpoint(), key, deployed)) {
      assertThat(anchor.sign(List.of(first(anchor))))
          .isInstanceOfSatisfying(
              Anchor.Signing.AboveCap.class,
              above -> assertThat(above.detail()).contains("7 wei").contains("base fee"));
      SignedTransaction waiting = signed(usual, first(usual));
      assertThat(anchor.replace(waiting, List.of(first(anchor))))
          .isInstanceOf(Anchor.Signing.AboveCap.class);
    }
  }

  @Test
  void replacementPaysAFifthMoreAtLeast() {
    EvmAnchor anchor = connect(chain(), deploy(chain()));
    SignedTransaction stuck = signed(anchor, first(anchor));
    SignedTransaction replacement = signed(anchor.replace(stuck, List.of(first(anchor))));
    assertThat(replacement.nonce()).isEqualTo(stuck.nonce());
    for (var fee :
        List.<Function<Transaction1559, BigInteger>>of(
            Transaction1559::getMaxFeePerGas, Transaction1559::getMaxPriorityFeePerGas)) {
      BigInteger before = fee.apply(raw(stuck));
      assertThat(fee.apply(raw(replacement)).multiply(BigInteger.valueOf(5)))
          .isGreaterThanOrEqualTo(before.multiply(BigInteger.valueOf(6)));
    }
    anchor.close();
  }

  private static Transaction1559 raw(SignedTransaction transaction) {
    return (Transaction1559) TransactionDecoder.decode(transaction.raw()).getTransaction();
  }

  @Test
  void saysWhatTheNodeHasAgainstIt() {
    ChainKey poor = ChainKey.parse("0x" + "7".repeat(64));
    try (EvmAnchor anchor = connect(chain().endpoint(), poor, deploy(chain()))) {
      SignedTransaction transaction = signed(anchor, first(anchor));
      assertThatThrownBy(() -> anchor.send(transaction))
          .isInstanceOf(AnchorUnavailable.class)
          .hasMessageContaining("nsufficient funds");
      assertThat(anchor.inclusion(transaction)).isEqualTo(new Inclusion.Missing());
    }
  }

  @Test
  void killedChainIsUnavailableAndComesBack(@TempDir Path temp) {
    String state = temp.resolve("state.json").toString();
    Anvil anvil = Anvil.start("--state", state);
    int port = anvil.endpoint().getPort();
    try (EvmAnchor anchor = connect(anvil, deploy(anvil))) {
      SignedTransaction transaction = signed(anchor, first(anchor));
      sent(anchor, transaction);
      anvil.close();

      assertThatThrownBy(anchor::latest)
          .isInstanceOf(AnchorUnavailable.class)
          .hasMessageContaining("http://127.0.0.1:" + port);
      assertThatThrownBy(() -> anchor.send(transaction)).isInstanceOf(AnchorUnavailable.class);
      assertThatThrownBy(() -> anchor.inclusion(transaction)).isInstanceOf(AnchorUnavailable.class);
      assertThatThrownBy(() -> signed(anchor, first(anchor))).isInstanceOf(AnchorUnavailable.class);

      try (Anvil again = Anvil.start(port, "--state", state)) {
        assertThat(anchor.latest()).isEqualTo(1);
        assertThat(anchor.inclusion(transaction)).isInstanceOf(Inclusion.Included.class);
        again.kill();
        assertThatThrownBy(anchor::latest).isInstanceOf(AnchorUnavailable.class);
      }
    }
  }

  /** The stored transactions of a chain that began anew would wait for ever for those before. */
  @Test
  void chainThatBeganAnewTakesNoLaterNonce() {
    Anvil anvil = Anvil.start();
    int port = anvil.endpoint().getPort();
    Address deployed = deploy(anvil);
    try (EvmAnchor anchor = connect(anvil, deployed)) {
      Checkpoint one = first(anchor);
      sent(anchor, signed(anchor, one));
      SignedTransaction two = signed(anchor, checkpoint(2, one.hash(), "b", anchor.author()));
      sent(anchor, two);
      anvil.kill();

      try (Anvil again = Anvil.start(port)) {
        assertThat(EvmAnchor.hasCode(again.endpoint(), deployed)).isFalse();
        assertThatThrownBy(anchor::latest).hasMessageContaining("does not stand at " + deployed);
        assertThat(anchor.inclusion(two))
            .isEqualTo(
                new Inclusion.Foreign("nonce 2 of " + anchor.author() + " is not the next, 0"));
        assertThat(deploy(again)).isEqualTo(deployed);
        sent(anchor, signed(anchor, one));
        assertThat(anchor.inclusion(two)).isEqualTo(new Inclusion.Missing());
        assertThat(sent(anchor, two)).isInstanceOf(Inclusion.Included.class);
        assertThat(anchor.latest()).isEqualTo(2);
      }
    }
  }

  @Test
  void noticesThatAnotherChainAnswers() {
    Anvil anvil = Anvil.start();
    int port = anvil.endpoint().getPort();
    try (EvmAnchor anchor = connect(anvil, deploy(anvil))) {
      anvil.close();
      try (Anvil other = Anvil.start(port, "--chain-id", "5")) {
        assertThatThrownBy(() -> signed(anchor, first(anchor)))
            .isInstanceOf(AnchorUnavailable.class)
            .hasMessageContaining("5 where it was 31337");
        assertThatThrownBy(() -> DevChain.key(other.endpoint()))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("chain 5");
      }
    }
  }

  /** A node behind its peers, or a lying one, shows receipts of blocks that were taken back. */
  @Test
  void believesNoReceiptOfABlockThatDoesNotStand() throws Exception {
    Anchor honest = anchor();
    SignedTransaction transaction = signed(honest, first(honest));
    long block = ((Inclusion.Included) sent(honest, transaction)).block();
    String standing =
        chain().rpc("eth_getTransactionReceipt", transaction.hash()).path("blockHash").asText();
    AtomicReference<UnaryOperator<String>> lie = new AtomicReference<>(UnaryOperator.identity());
    HttpServer proxy = proxy(chain(), lie);
    URI endpoint = URI.create("http://127.0.0.1:" + proxy.getAddress().getPort());
    ChainKey key = DevChain.key(endpoint);
    try (EvmAnchor anchor = connect(endpoint, key, nonNullContract())) {
      assertThat(anchor.inclusion(transaction))
          .isInstanceOfSatisfying(
              Inclusion.Included.class, in -> assertThat(in.block()).isEqualTo(block));

      lie.set(answer ->
          answer.contains("gasUsed")
                  && answer.contains("logsBloom")
                  && answer.contains("\"status\"")
              ? answer.replace(standing, "0x" + "6".repeat(64))
              : answer);
      assertThat(anchor.inclusion(transaction)).isEqualTo(new Inclusion.Waiting());

      lie.set(answer -> answer.replace(transaction.hash(), "0x" + "6".repeat(64)));
      assertThatThrownBy(() -> anchor.inclusion(transaction))
          .isInstanceOf(AnchorUnavailable.class)
          .hasMessageContaining("another transaction");
    } finally {
      proxy.stop(0);
    }
  }

  private static HttpServer proxy(Anvil anvil, AtomicReference<UnaryOperator<String>> lie)
      throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          try (HttpClient http = HttpClient.newHttpClient()) {
            HttpRequest request =
                HttpRequest.newBuilder(anvil.endpoint())
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofInputStream(exchange::getRequestBody))
                    .build();
            String answer = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            byte[] body =
                Objects.requireNonNull(lie.get()).apply(answer).getBytes(StandardCharsets.UTF_8);
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          } finally {
            exchange.close();
          }
        });
    server.start();
    return server;
  }

  /** Nobody answers, garbage is answered, or an error page: no message shows what the URL hides. */
  @Test
  void errorsHideTheSecretsOfTheEndpoint() throws Exception {
    List<String> authorization = new CopyOnWriteArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          authorization.add(exchange.getRequestHeaders().getFirst("Authorization"));
          boolean broken = exchange.getRequestURI().getPath().contains("broken");
          byte[] body = "\u001b[2Jno".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(broken ? 500 : 200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      int port = server.getAddress().getPort();
      for (String path : List.of("/broken-s3cret", "/garbage-s3cret")) {
        assertHidden(port, path);
      }
      assertThat(authorization).isNotEmpty().allMatch("Basic dXNlcjpzM2NyZXQ="::equals);
    } finally {
      server.stop(0);
    }
    assertHidden(server.getAddress().getPort(), "/nobody-s3cret");
  }

  private static void assertHidden(int port, String path) {
    URI endpoint = URI.create("http://user:s3cret@127.0.0.1:" + port + path + "?key=s3cret");
    assertThatThrownBy(() ->
            connect(
                endpoint, ChainKey.parse(ChainKeyTest.SECOND), new Address("0x" + "0".repeat(40))))
        .isInstanceOf(AnchorUnavailable.class)
        .hasMessageStartingWith("http://127.0.0.1:" + port + " ")
        .hasMessageNotContaining("s3cret")
        .hasMessageNotContaining("\u001b")
        .hasStackTraceContaining("127.0.0.1")
        .extracting(e -> stackTrace(e))
        .asString()
        .doesNotContain("s3cret");
  }

  private static String stackTrace(Throwable thrown) {
    java.io.StringWriter out = new java.io.StringWriter();
    thrown.printStackTrace(new java.io.PrintWriter(out));
    return out.toString();
  }

  @Test
  void endpointThatNeverAnswersCostsSeconds() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      URI endpoint = URI.create("http://127.0.0.1:" + silent.getLocalPort());
      Address contract = new Address("0x" + "0".repeat(40));
      assertThat(
              OwnTime.of(() ->
                  assertThatThrownBy(
                          () -> connect(endpoint, ChainKey.parse(ChainKeyTest.SECOND), contract))
                      .isInstanceOf(AnchorUnavailable.class)))
          .isLessThan(Duration.ofSeconds(8));
    }
  }
}
