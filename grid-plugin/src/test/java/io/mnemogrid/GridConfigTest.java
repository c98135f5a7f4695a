package io.mnemogrid;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.GridConfig.Secret;
import io.mnemogrid.GridConfig.Spending;
import io.mnemogrid.GridConfig.StoreConfig;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.setting.InvalidSetting;
import io.mnemogrid.setting.Section;
import io.mnemogrid.setting.Setting;
import io.mnemogrid.setting.Settings;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/** How a config is made, by methods and by names, and what none of its texts shows. */
class GridConfigTest {
  private static final Path FOLDER = Path.of("/var/lib/fleet");
  private static final String DIGITS = "00112233445566778899aabbccddeeff";
  private static final String KEY = "0x" + "ab".repeat(32);
  private static final String AUTHOR = "0x" + "aB".repeat(20);

  /** By names and texts, two of each. */
  private static GridConfig of(String... settings) {
    return of(Map.of(), settings);
  }

  private static GridConfig of(Map<String, String> environment, String... settings) {
    Map<String, String> texts = new HashMap<>(Map.of("mnemogrid.data", FOLDER.toString()));
    for (int i = 0; i < settings.length; i += 2) {
      texts.put("mnemogrid." + settings[i], settings[i + 1]);
    }
    return GridConfig.of(texts, environment::get);
  }

  private static void assertRefused(String setting, ThrowingCallable call) {
    assertThatThrownBy(call)
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("MNEMOGRID_" + setting);
  }

  /** As config/cluster/README.md says: a shell reads the file, and the member its environment. */
  @Test
  void theExampleOfAClusterIsOne() throws Exception {
    Process shell =
        new ProcessBuilder("bash", "-c", "set -a; . ./member.env; set +a; env -0")
            .directory(Path.of("../config/cluster").toFile())
            .redirectError(ProcessBuilder.Redirect.DISCARD)
            .start();
    Map<String, String> environment = new HashMap<>();
    for (String line : new String(shell.getInputStream().readAllBytes(), UTF_8).split("\0")) {
      environment.put(line.substring(0, line.indexOf('=')), line.substring(line.indexOf('=') + 1));
    }
    assertThat(shell.waitFor()).isZero();
    environment.put("MNEMOGRID_GRID_SECRET", DIGITS);
    environment.put("MNEMOGRID_STORE_PASSWORD", "made up");
    Map<String, String> texts = new HashMap<>();
    for (Setting<?> setting : Settings.of(Section.OF_MEMBER)) {
      if (environment.containsKey(setting.variable()) && !setting.isOnlyInEnvironment()) {
        texts.put(setting.name(), environment.get(setting.variable()));
      }
    }
    GridConfig config = GridConfig.of(texts, environment::get);
    assertThat(config.network().members()).containsExactly("127.0.0.1:5701", "127.0.0.1:5711");
    assertThat(config.network().cluster()).isEqualTo("fleet");
    assertThat(config.store()).isInstanceOf(StoreConfig.Postgres.class);
  }

  @Test
  void isAloneOnLoopbackUnlessToldOtherwise() {
    GridConfig config =
        of(
            "grid-port",
            "5711",
            "max-spaces",
            "9",
            "max-leaves",
            "8",
            "max-bytes",
            "7",
            "max-grid-bytes",
            "6");
    assertThat(config.network().host()).isEqualTo("127.0.0.1");
    assertThat(config.network().port()).isEqualTo(5711);
    assertThat(config.network().members()).containsExactly("127.0.0.1:5711");
    assertThat(config.store()).isEqualTo(new StoreConfig.Sqlite(FOLDER.resolve("mnemogrid.db")));
    assertThat(config.checkpoints().every()).isEqualTo(Duration.ofSeconds(30));
    assertThat(config.checkpoints().anchor()).isEqualTo(new AnchorConfig.None());
    assertThat(config.quotas()).isEqualTo(new Quotas(9, 8, 7, 6));
  }

  @Test
  void hasTheSameDefaultsByMethodsAndByNames() {
    GridConfig byName = GridConfig.of(Map.of(), _ -> null).withoutStore();
    Path secret = Path.of("data/grid.secret").toAbsolutePath();
    assertThat(byName).isEqualTo(GridConfig.lite().withSecret(secret));
    assertThat(GridConfig.lite().network().secret()).isNull();
    assertThat(GridConfig.lite().network().members()).containsExactly("127.0.0.1:5701");
    assertThat(GridConfig.lite().timeouts().commit()).isEqualTo(Duration.ofSeconds(10));
    assertThat(GridConfig.lite().quotas())
        .isEqualTo(Quotas.DEFAULT.withMaxGridBytes(Runtime.getRuntime().maxMemory() / 10));
  }

  @Test
  void takesNameClusterMembersAndTheFolderOfTheLogKey() {
    GridConfig config =
        of(
            "grid-host",
            "10.0.0.5",
            "grid-port",
            "1",
            "cluster",
            "fleet",
            "name",
            "alpha",
            "members",
            "a:1,b:2",
            "log-key",
            FOLDER + "/keys/../log-key",
            "commit-timeout",
            "5s",
            "checkpoint.versions",
            "7");
    assertThat(config.network().cluster()).isEqualTo("fleet");
    assertThat(config.network().name()).isEqualTo("alpha");
    assertThat(config.network().host()).isEqualTo("10.0.0.5");
    assertThat(config.network().members()).containsExactly("a:1", "b:2");
    assertThat(config.logKey()).isEqualTo(FOLDER.resolve("log-key"));
    assertThat(config.timeouts().commit()).isEqualTo(Duration.ofSeconds(5));
    assertThat(config.checkpoints().versions()).isEqualTo(7);
  }

  @Test
  void aBotOfTheFileOfAMemberLooksForThatMember() {
    GridConfig bot = of("grid-port", "5711").withoutStore();
    assertThat(bot.store()).isNull();
    assertThat(bot.network().members()).containsExactly("127.0.0.1:5711");
    assertThat(bot.network().secret()).isEqualTo(new Secret.InFile(FOLDER.resolve("grid.secret")));
  }

  @Test
  void hasTheSecretOfItsDataFolderOrOfItsEnvironment() {
    assertThat(of().network().secret()).isEqualTo(new Secret.InFile(FOLDER.resolve("grid.secret")));
    assertThat(of(Map.of("MNEMOGRID_GRID_SECRET", DIGITS)).network().secret())
        .isEqualTo(new Secret.Digits(DIGITS));
    assertThatThrownBy(() -> of(Map.of("MNEMOGRID_GRID_SECRET", "hush")))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("MNEMOGRID_GRID_SECRET")
        .hasMessageNotContaining("hush");
  }

  @Test
  void takesAPostgresqlStoreAndKeepsItsPasswordToItself() {
    String url = "jdbc:postgresql://one,two/grid";
    GridConfig config =
        of(
            Map.of("MNEMOGRID_STORE_USER", "grid", "MNEMOGRID_STORE_PASSWORD", "hush"),
            "store",
            url + "?password=hush");
    assertThat(config.store())
        .isEqualTo(new StoreConfig.Postgres(url + "?password=hush", "grid", "hush"));
    assertThat(config.toString()).contains(url).doesNotContain("hush");
    assertThatThrownBy(() -> of("store", "jdbc:mysql://grid:hush@one/grid"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("jdbc:postgresql:")
        .hasMessageNotContaining("hush");
  }

  @Test
  void choosesTheAnchor() {
    assertThat(of("anchor", "notary").checkpoints().anchor())
        .isEqualTo(new AnchorConfig.Notary(FOLDER.resolve("notary")));
    String url = "http://127.0.0.1:8545";
    URI endpoint = URI.create(url);
    assertThat(of("chain-url", url).checkpoints().anchor())
        .isEqualTo(new AnchorConfig.Evm(endpoint, null, null, 1));
    Map<String, String> keyed = Map.of("MNEMOGRID_CHAIN_KEY", KEY);
    assertThat(of(keyed, "chain-url", url, "contract", AUTHOR).checkpoints().anchor())
        .isEqualTo(new AnchorConfig.Evm(endpoint, KEY, "0x" + "ab".repeat(20), 12));
    assertThat(of(keyed, "chain-url", url, "final-after", "3").checkpoints().anchor())
        .isEqualTo(new AnchorConfig.Evm(endpoint, KEY, null, 3));
    assertThatThrownBy(() -> of("anchor", "notary", "chain-url", "http://x"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("choose one");
    assertRefused("ANCHOR", () -> of("anchor", "paper"));
  }

  @Test
  void spendsWithinTheUsualBudgetUnlessToldOtherwise() {
    Cost usual = new Cost(250_000_000, BigInteger.TEN.pow(18).divide(BigInteger.valueOf(4)));
    BigInteger cap = BigInteger.TEN.pow(9).multiply(BigInteger.valueOf(200));
    assertThat(Spending.DEFAULT)
        .isEqualTo(new Spending(cap, usual, Duration.ofSeconds(30), Set.of()));
    assertThat(of().checkpoints().spending()).isEqualTo(Spending.DEFAULT);
    assertThat(
            of("checkpoint.budget-gas", "0", "checkpoint.budget-coin", "0")
                .checkpoints()
                .spending()
                .budget())
        .isEqualTo(Cost.UNLIMITED);
  }

  @Test
  void readsGweiAndCoin() {
    assertThat(
            of(
                    "checkpoint.max-fee-gwei",
                    "0.5",
                    "checkpoint.budget-gas",
                    "1000000",
                    "checkpoint.budget-coin",
                    "0.02",
                    "checkpoint.replace-after",
                    "60",
                    "checkpoint.authors",
                    " " + AUTHOR)
                .checkpoints()
                .spending())
        .isEqualTo(
            new Spending(
                BigInteger.valueOf(500_000_000),
                new Cost(1_000_000, BigInteger.TEN.pow(16).multiply(BigInteger.TWO)),
                Duration.ofSeconds(60),
                Set.of(new Address("0x" + "ab".repeat(20)))));
  }

  @Test
  void refusesUnknownNamesAndThoseOfTheServer() {
    assertThatThrownBy(() -> of("gridport", "5701"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessage(
            "mnemogrid.gridport is no setting: did you mean mnemogrid.grid-port? docs/settings.md"
                + " lists all");
    assertThatThrownBy(() -> of("http-port", "8080"))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("mnemogrid.http-port is a setting of the server");
  }

  @Test
  void refusesInJavaWhatIsRefusedByName() {
    GridConfig config = GridConfig.lite();
    Spending usual = Spending.DEFAULT;
    assertRefused("CLUSTER", () -> config.withCluster(" "));
    assertRefused("NAME", () -> config.withName(""));
    assertRefused("GRID_HOST", () -> config.withHost(""));
    assertRefused("GRID_PORT", () -> config.withPort(0));
    assertRefused("GRID_PORT", () -> config.withPort(65_536));
    assertRefused("STORE", () -> new StoreConfig.Postgres("jdbc:mysql://x", null, null));
    assertRefused("CHAIN_URL", () -> new AnchorConfig.Evm(URI.create("node:8545"), null, null, 1));
    assertRefused("CHECKPOINT_EVERY", () -> config.withCheckpoints(Duration.ofMillis(-1), 1));
    assertRefused("CHECKPOINT_VERSIONS", () -> config.withCheckpoints(Duration.ZERO, 0));
    assertRefused(
        "CHECKPOINT_MAX_FEE_GWEI",
        () -> new Spending(BigInteger.ZERO, usual.budget(), usual.replaceAfter(), Set.of()));
    assertRefused(
        "CHECKPOINT_REPLACE_AFTER",
        () -> new Spending(usual.maxFeePerGasWei(), usual.budget(), Duration.ZERO, Set.of()));
    assertRefused("MAX_SPACES", () -> config.withMaxSpaces(0));
    assertRefused("COMMIT_TIMEOUT", () -> config.withCommitTimeout(Duration.ZERO));
    assertThatThrownBy(
            () -> new AnchorConfig.Evm(URI.create("http://127.0.0.1:8545"), null, null, 0))
        .isInstanceOf(InvalidSetting.class)
        .hasMessageContaining("got 0");
    assertThatThrownBy(() -> config.withSecret(DIGITS + "0"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("32 hex digits")
        .hasMessageNotContaining(DIGITS);
  }

  @Test
  void eachMethodChangesWhatItNamesAndNothingElse() {
    GridConfig usual = GridConfig.lite();
    GridConfig config =
        usual
            .withCluster("fleet")
            .withName("alpha")
            .withHost("10.0.0.5")
            .withPort(1)
            .withMembers(List.of("a:1"))
            .withSecret(DIGITS)
            .withStore(FOLDER.resolve("x.db"))
            .withAnchor(new AnchorConfig.Notary(FOLDER))
            .withCheckpoints(Duration.ofSeconds(2), 3)
            .withSpending(
                new Spending(BigInteger.ONE, Cost.UNLIMITED, Duration.ofSeconds(4), Set.of()))
            .withQuotas(new Quotas(5, 6, 7, 8))
            .withMaxSpaces(9)
            .withCommitTimeout(Duration.ofSeconds(10))
            .withTrail(new GridConfig.Trail(GridConfig.Trail.Recorded.ALL, 11))
            .withLogKey(FOLDER.resolve("key"));
    assertThat(config)
        .isEqualTo(
            new GridConfig(
                new GridConfig.Network(
                    "fleet", "alpha", "10.0.0.5", 1, List.of("a:1"), new Secret.Digits(DIGITS)),
                new StoreConfig.Sqlite(FOLDER.resolve("x.db")),
                new GridConfig.Checkpoints(
                    new AnchorConfig.Notary(FOLDER),
                    Duration.ofSeconds(2),
                    3,
                    new Spending(BigInteger.ONE, Cost.UNLIMITED, Duration.ofSeconds(4), Set.of())),
                new Quotas(9, 6, 7, 8),
                new GridConfig.Timeouts(Duration.ofSeconds(10)),
                new GridConfig.Trail(GridConfig.Trail.Recorded.ALL, 11),
                FOLDER.resolve("key")));
    assertThat(config.withoutStore().withStore(FOLDER.resolve("x.db"))).isEqualTo(config);
  }

  @Test
  void showsNoSecret() {
    GridConfig config =
        GridConfig.lite()
            .withSecret(DIGITS)
            .withStore(
                new StoreConfig.Postgres(
                    "jdbc:postgresql://user:hush1@one/grid?password=hush2", "grid", "hush3"))
            .withAnchor(
                new AnchorConfig.Evm(
                    URI.create("https://user:hush4@node.example/v1/hush5?key=hush6"),
                    KEY,
                    null,
                    12));
    for (Object part : List.of(config, config.network(), config.checkpoints(), config.quotas())) {
      assertThat(part.toString()).doesNotContain("hush", DIGITS, KEY, KEY.substring(2));
    }
    assertThat(config.toString()).contains("Digits[…]", "//one/grid", "node.example");
  }
}
