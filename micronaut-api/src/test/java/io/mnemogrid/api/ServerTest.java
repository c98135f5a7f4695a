package io.mnemogrid.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.GridConfig.StoreConfig;
import io.mnemogrid.merge.Quotas;
import java.net.BindException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How settings become a member, and how one that cannot start says so. */
class ServerTest {
  @TempDir private Path folder = Path.of("");

  private MemberSettings settings(@Nullable String anchor, @Nullable String chainUrl) {
    return new MemberSettings(
        folder.resolve("data").toString(),
        null,
        "127.0.0.1",
        5711,
        null,
        null,
        null,
        30,
        9,
        8,
        7,
        6,
        anchor,
        chainUrl,
        null,
        null,
        0);
  }

  @Test
  void isAloneOnLoopbackUnlessToldOtherwise() {
    GridConfig config = settings(null, null).toGridConfig(_ -> null);
    assertThat(config.host()).isEqualTo("127.0.0.1");
    assertThat(config.port()).isEqualTo(5711);
    assertThat(config.members()).containsExactly("127.0.0.1:5711");
    assertThat(config.store())
        .isEqualTo(new StoreConfig.Sqlite(folder.resolve("data/mnemogrid.db")));
    assertThat(config.checkpointEvery()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.quotas()).isEqualTo(new Quotas(9, 8, 7, 6));
    assertThat(config.anchor()).isEqualTo(new AnchorConfig.None());
    assertThat(folder.resolve("data")).isDirectory();
  }

  @Test
  void takesNameClusterMembersAndTheFolderOfTheLogKey() {
    GridConfig config =
        new MemberSettings(
                folder.toString(),
                null,
                "10.0.0.5",
                1,
                "fleet",
                "alpha",
                List.of("a:1", "b:2"),
                5,
                9,
                8,
                7,
                6,
                null,
                null,
                null,
                folder.resolve("keys/../log-key").toString(),
                0)
            .toGridConfig(_ -> null);
    assertThat(config.cluster()).isEqualTo("fleet");
    assertThat(config.name()).isEqualTo("alpha");
    assertThat(config.host()).isEqualTo("10.0.0.5");
    assertThat(config.members()).containsExactly("a:1", "b:2");
    assertThat(config.logKey()).isEqualTo(folder.resolve("log-key"));
  }

  @Test
  void hasTheSecretOfItsDataFolderOrOfItsEnvironment() {
    GridConfig config = settings(null, null).toGridConfig(_ -> null);
    assertThat(config.secret())
        .isEqualTo(new GridConfig.Secret.InFile(folder.resolve("data/grid.secret")));
    String digits = "00112233445566778899aabbccddeeff";
    GridConfig given =
        settings(null, null).toGridConfig(Map.of("MNEMOGRID_GRID_SECRET", digits)::get);
    assertThat(given.secret()).isEqualTo(new GridConfig.Secret.Digits(digits));
    assertThat(given.toString()).doesNotContain(digits);
    assertThatThrownBy(
            () -> settings(null, null).toGridConfig(Map.of("MNEMOGRID_GRID_SECRET", "hush")::get))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("MNEMOGRID_GRID_SECRET")
        .hasMessageNotContaining("hush");
  }

  private GridConfig withStore(String url) {
    return new MemberSettings(
            folder.toString(),
            url,
            "127.0.0.1",
            1,
            null,
            null,
            null,
            30,
            9,
            8,
            7,
            6,
            null,
            null,
            null,
            null,
            0)
        .toGridConfig(
            Map.of("MNEMOGRID_STORE_USER", "grid", "MNEMOGRID_STORE_PASSWORD", "hush")::get);
  }

  @Test
  void takesAPostgresqlStoreAndKeepsItsPasswordToItself() {
    String url = "jdbc:postgresql://one,two/grid";
    GridConfig config = withStore(url + "?password=hush");
    assertThat(config.store())
        .isEqualTo(new StoreConfig.Postgres(url + "?password=hush", "grid", "hush"));
    assertThat(config.toString()).contains(url).doesNotContain("hush");
    assertThatThrownBy(() -> withStore("jdbc:mysql://grid:hush@one/grid"))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("jdbc:postgresql:")
        .message()
        .doesNotContain("hush");
  }

  @Test
  void choosesTheAnchor() {
    assertThat(settings("notary", null).toGridConfig(_ -> null).anchor())
        .isEqualTo(new AnchorConfig.Notary(folder.resolve("data/notary")));
    assertThat(settings(null, "http://127.0.0.1:8545").toGridConfig(_ -> null).anchor())
        .isInstanceOfSatisfying(
            AnchorConfig.Evm.class, evm -> assertThat(evm.finalAfter()).isEqualTo(1));
    AnchorConfig keyed =
        settings(null, "http://127.0.0.1:8545")
            .toGridConfig(Map.of("MNEMOGRID_CHAIN_KEY", "0xkey")::get)
            .anchor();
    assertThat(keyed)
        .isInstanceOfSatisfying(
            AnchorConfig.Evm.class, evm -> assertThat(evm.finalAfter()).isEqualTo(12));
    assertThat(keyed.toString()).doesNotContain("0xkey");
    assertThatThrownBy(() -> settings("notary", "http://x").toGridConfig(_ -> null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("choose one");
    assertThatThrownBy(() -> settings("paper", null).toGridConfig(_ -> null))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void saysWhichFolderItCannotMake() throws java.io.IOException {
    Path file = Files.createFile(folder.resolve("data"));
    assertThatThrownBy(() -> settings(null, null).toGridConfig(_ -> null))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining(file.toString());
  }

  @Test
  void saysInOneSentenceWhatFailed() {
    assertThat(
            Server.sentence(
                new RuntimeException(
                    "bean", new IllegalStateException("the chain is ahead\nof the store"))))
        .isEqualTo("the chain is ahead of the store");
    assertThat(Server.sentence(new RuntimeException("x", new BindException("in use"))))
        .contains("MNEMOGRID_HTTP_PORT");
    assertThatThrownBy(() -> Server.start(Map.of("mnemogrid.grid-port", "abc")))
        .satisfies(thrown ->
            assertThat(Server.sentence(thrown))
                .isEqualTo("the value of the setting mnemogrid.grid-port cannot be read"));
    assertThat(Server.sentence(new RuntimeException("odd"))).contains("odd").doesNotContain("\n");
  }
}
