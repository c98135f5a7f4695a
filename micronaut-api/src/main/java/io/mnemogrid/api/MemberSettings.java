package io.mnemogrid.api;

import io.micronaut.context.annotation.ConfigurationProperties;
import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.GridConfig.StoreConfig;
import io.mnemogrid.merge.Quotas;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * How the environment and {@code application.yml} want this member; {@code MNEMOGRID_GRID_PORT} is
 * {@code gridPort}, and so on. What is secret is no setting: it is read from the environment alone.
 *
 * @param data folder of the SQLite store and of the notary
 * @param store {@code jdbc:postgresql://…}, or null for a SQLite file in the data folder
 * @param gridHost address to bind the grid's port to and to be known by; what crosses it is not
 *     encrypted
 * @param members {@code host:port} of others; by default only the own port is looked at, so that
 *     two grids on one host do not meet
 * @param checkpointEvery seconds
 * @param maxSpaces most spaces of the grid
 * @param maxLeaves most leaves of one space
 * @param maxBytes most bytes of one space's document
 * @param maxGridBytes most memory of all documents together; 0 for a tenth of the heap
 * @param anchor {@code notary}, or empty for the chain if there is a URL
 * @param logKey folder of the key pair that signs logs, the same for every member; empty for the
 *     one beside the SQLite file
 * @param finalAfter confirmations; 0 for one on a local dev chain and twelve elsewhere
 */
@ConfigurationProperties("mnemogrid")
record MemberSettings(
    String data,
    @Nullable String store,
    String gridHost,
    int gridPort,
    @Nullable String cluster,
    @Nullable String name,
    @Nullable List<String> members,
    long checkpointEvery,
    int maxSpaces,
    long maxLeaves,
    long maxBytes,
    long maxGridBytes,
    @Nullable String anchor,
    @Nullable String chainUrl,
    @Nullable String contract,
    @Nullable String logKey,
    int finalAfter) {
  private static final int FINAL_AFTER_ON_A_DEV_CHAIN = 1;
  private static final int FINAL_AFTER = 12;

  /**
   * The member to start; makes the data folder.
   *
   * @param secrets gives {@code MNEMOGRID_GRID_SECRET}, {@code MNEMOGRID_CHAIN_KEY}, {@code
   *     MNEMOGRID_STORE_USER} and {@code MNEMOGRID_STORE_PASSWORD}, null when they are not set
   * @throws IllegalStateException in one sentence, when a setting makes no sense
   */
  GridConfig toGridConfig(Function<String, @Nullable String> secrets) {
    Path folder = folder();
    GridConfig config =
        GridConfig.lite()
            .withStore(storeConfig(folder, secrets))
            .withHost(gridHost)
            .withPort(gridPort)
            .withMembers(members == null ? List.of(gridHost + ":" + gridPort) : members)
            .withAnchor(anchorConfig(folder, secrets.apply("MNEMOGRID_CHAIN_KEY")))
            .withCheckpoints(
                Duration.ofSeconds(checkpointEvery), GridConfig.lite().checkpointVersions())
            .withQuotas(quotas());
    String secret = secrets.apply("MNEMOGRID_GRID_SECRET");
    config =
        secret == null
            ? config.withSecret(folder.resolve("grid.secret"))
            : config.withSecret(secret(secret));
    if (logKey != null) {
      config = config.withLogKey(Path.of(logKey).toAbsolutePath().normalize());
    }
    if (cluster != null) {
      config = config.withCluster(cluster);
    }
    return name == null ? config : config.withName(name);
  }

  private Quotas quotas() {
    Quotas quotas =
        GridConfig.lite().quotas().withMaxSpaces(maxSpaces).withSpace(maxLeaves, maxBytes);
    return maxGridBytes == 0 ? quotas : quotas.withMaxGridBytes(maxGridBytes);
  }

  private static String secret(String digits) {
    if (!digits.matches("[0-9a-f]{32}")) {
      throw new IllegalStateException(
          "MNEMOGRID_GRID_SECRET is 32 hex digits (0-9, a-f) or not set");
    }
    return digits;
  }

  private Path folder() {
    Path folder = Path.of(data).toAbsolutePath().normalize();
    try {
      return Files.createDirectories(folder);
    } catch (IOException e) {
      throw new IllegalStateException(
          "cannot write to " + folder + ": set MNEMOGRID_DATA to another folder", e);
    }
  }

  private StoreConfig storeConfig(Path folder, Function<String, @Nullable String> secrets) {
    if (store == null) {
      return new StoreConfig.Sqlite(folder.resolve("mnemogrid.db"));
    }
    if (!store.startsWith("jdbc:postgresql:")) {
      throw new IllegalStateException(
          "MNEMOGRID_STORE is jdbc:postgresql://host/database or not set");
    }
    return new StoreConfig.Postgres(
        store, secrets.apply("MNEMOGRID_STORE_USER"), secrets.apply("MNEMOGRID_STORE_PASSWORD"));
  }

  private AnchorConfig anchorConfig(Path folder, @Nullable String chainKey) {
    if (anchor != null && !anchor.equals("notary")) {
      throw new IllegalStateException("MNEMOGRID_ANCHOR is notary or not set, got " + anchor);
    }
    if (anchor != null && chainUrl != null) {
      throw new IllegalStateException(
          "MNEMOGRID_ANCHOR and MNEMOGRID_CHAIN_URL are both set: choose one");
    }
    if (anchor != null) {
      return new AnchorConfig.Notary(folder.resolve("notary"));
    }
    if (chainUrl == null) {
      return new AnchorConfig.None();
    }
    // Without a key only a local dev chain is written to, and there nobody else makes blocks.
    int usual = chainKey == null ? FINAL_AFTER_ON_A_DEV_CHAIN : FINAL_AFTER;
    return new AnchorConfig.Evm(
        endpoint(chainUrl), chainKey, contract, finalAfter > 0 ? finalAfter : usual);
  }

  private static URI endpoint(String url) {
    try {
      return URI.create(url);
    } catch (IllegalArgumentException e) {
      throw new IllegalStateException("MNEMOGRID_CHAIN_URL is no URL", e);
    }
  }
}
