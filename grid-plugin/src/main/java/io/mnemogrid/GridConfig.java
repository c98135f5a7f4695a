package io.mnemogrid;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.merge.Quotas;
import io.mnemogrid.setting.InvalidSetting;
import io.mnemogrid.setting.Section;
import io.mnemogrid.setting.Settings;
import io.mnemogrid.setting.Values;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How one member of a grid is to run. Everything has a default that is safe on one host: loopback
 * only, no discovery but the addresses named here. The defaults and the bounds are those of {@link
 * Settings}; whatever makes a config throws {@link InvalidSetting} for a value out of bounds.
 *
 * <p>No text of a config or of a part of it shows a secret, a password or a key.
 *
 * @param network where the member is, and whom it joins
 * @param store what it keeps, or null for a lite member that reads and commits through others
 * @param checkpoints when they are made, where they go, what they may cost
 * @param quotas up to how many spaces this member creates, and up to which size its commits let
 *     documents grow. Each member counts what it knows, so members that create or commit at the
 *     same moment may exceed a limit by a little
 * @param timeouts how long something may take
 * @param trail what the audit trail has, and for how long
 * @param logKey folder of the key pair that signs logs, the same pair for every member; null for
 *     the one beside a SQLite file, and for none with PostgreSQL
 */
public record GridConfig(
    Network network,
    @Nullable StoreConfig store,
    Checkpoints checkpoints,
    Quotas quotas,
    Timeouts timeouts,
    Trail trail,
    @Nullable Path logKey) {
  /**
   * The part of the heap that one copy of the documents which a member holds may take: a tenth,
   * since for moments there are several copies.
   */
  private static final int SHARE_OF_HEAP = 10;

  private static final int FINAL_AFTER_ON_A_DEV_CHAIN = 1;
  private static final int FINAL_AFTER = 12;

  /**
   * Where a member is, and whom it joins.
   *
   * @param cluster name of the grid; members of other names never join
   * @param name of this member, for people
   * @param host address to bind and to be known by
   * @param port of the grid endpoint; the next free one of ten is taken when it is in use
   * @param members addresses {@code host:port} to look for others at, one by one
   * @param secret what the members of the grid know and nobody else; null for that of the
   *     environment ({@code MNEMOGRID_GRID_SECRET}), or, where that is not set either, of the file
   *     {@code grid.secret} beside a SQLite file
   */
  public record Network(
      String cluster,
      String name,
      String host,
      int port,
      List<String> members,
      @Nullable Secret secret) {
    public Network {
      Settings.CLUSTER.check(cluster);
      Settings.NAME.check(name);
      Settings.GRID_HOST.check(host);
      Settings.GRID_PORT.check(port);
      members = List.copyOf(members);
    }

    private static Network of(Values values) {
      String host = values.value(Settings.GRID_HOST);
      int port = values.value(Settings.GRID_PORT);
      return new Network(
          values.value(Settings.CLUSTER),
          values.find(Settings.NAME).orElseGet(() -> "member-" + ProcessHandle.current().pid()),
          host,
          port,
          values.find(Settings.MEMBERS).orElseGet(() -> List.of(host + ":" + port)),
          values.find(Settings.GRID_SECRET).map(Secret.Digits::new).orElse(null));
    }
  }

  /** Where a member keeps what must not be lost; all members of a grid share one. */
  public sealed interface StoreConfig {
    /** A file on a local disk, for the members on one host. */
    record Sqlite(Path file) implements StoreConfig {}

    /**
     * A database, for members on several hosts.
     *
     * @param url {@code jdbc:postgresql://host[:port][,host…]/database[?parameters]}
     * @param user null for the one in the URL, or the operating system's
     * @param password null for none, or the one in the URL
     */
    record Postgres(String url, @Nullable String user, @Nullable String password)
        implements StoreConfig {
      public Postgres {
        Settings.STORE.check(url);
      }

      @Override
      public String toString() {
        // never the password, which may also stand among the parameters
        return "Postgres[" + url.replaceFirst("\\?.*", "").replaceFirst("//.*@", "//") + "]";
      }
    }
  }

  /**
   * 128 random bits that let a process join the grid. A member may do there whatever the members'
   * own processes may, so it is for programs that are trusted with that.
   */
  public sealed interface Secret {
    /** The file's name in a data folder. */
    String FILE = "grid.secret";

    /** Stands in a file. */
    record InFile(Path file) implements Secret {}

    /** The 32 hex digits themselves. */
    record Digits(String hex) implements Secret {
      private static final Pattern FORM = Pattern.compile("[0-9a-f]{32}");

      public Digits {
        if (!FORM.matcher(hex).matches()) {
          throw new IllegalArgumentException(
              "a grid's secret is 32 hex digits, as grid.secret beside the data of a member has"
                  + " them");
        }
      }

      @Override
      public String toString() {
        return "Digits[…]"; // never the secret
      }
    }
  }

  /**
   * When checkpoints are made, where they go, what they may cost.
   *
   * @param anchor where checkpoints are made public
   * @param every a checkpoint is due when heads changed and this long has passed
   * @param versions a checkpoint is due after this many new versions, once a quarter of that time
   *     has passed
   * @param spending what checkpoints may cost, and whose are sent
   */
  public record Checkpoints(AnchorConfig anchor, Duration every, long versions, Spending spending) {
    public Checkpoints {
      Settings.CHECKPOINT_EVERY.check(every);
      Settings.CHECKPOINT_VERSIONS.check(versions);
    }

    private static Checkpoints of(Values values) {
      return new Checkpoints(
          new AnchorConfig.None(),
          values.value(Settings.CHECKPOINT_EVERY),
          values.value(Settings.CHECKPOINT_VERSIONS),
          Spending.of(values));
    }
  }

  /** Where checkpoints are made public. */
  public sealed interface AnchorConfig {
    /** Nowhere: this member never leads. */
    record None() implements AnchorConfig {}

    /** A signed file in this folder: nothing is on a chain. */
    record Notary(Path folder) implements AnchorConfig {}

    /**
     * An EVM chain.
     *
     * @param endpoint JSON-RPC over HTTP
     * @param privateKey {@code 0x…} of the checkpointer; null for the well-known key of a local dev
     *     chain, which is refused on every other
     * @param contract its address; null to deploy one on a local dev chain and to remember it
     * @param finalAfter confirmations, the including block counted, that make a checkpoint final;
     *     at least 1
     */
    record Evm(URI endpoint, @Nullable String privateKey, @Nullable String contract, int finalAfter)
        implements AnchorConfig {
      public Evm {
        Settings.CHAIN_URL.check(endpoint);
        if (finalAfter < 1) {
          throw new InvalidSetting(
              "a checkpoint is final after 1 block at the earliest, its own: finalAfter is from 1,"
                  + " got "
                  + finalAfter);
        }
      }

      @Override
      public String toString() {
        return "Evm[" + endpoint.getHost() + ":" + endpoint.getPort() + "]"; // never the key
      }
    }
  }

  /**
   * What checkpoints may cost on a chain, and whose are sent.
   *
   * @param maxFeePerGasWei nothing is signed while a block asks for more for one gas
   * @param budget of 24 hours; the usual one holds on chains whose coin is worth something, not on
   *     a dev chain or at the notary
   * @param replaceAfter a transaction that waits longer is replaced with a higher fee
   * @param trusted authors whose checkpoints are sent; empty for this member's own key alone
   */
  public record Spending(
      BigInteger maxFeePerGasWei, Cost budget, Duration replaceAfter, Set<Address> trusted) {
    /** The defaults of {@link Settings}. */
    public static final Spending DEFAULT = of(Values.NONE);

    public Spending {
      Settings.CHECKPOINT_MAX_FEE.check(maxFeePerGasWei);
      Settings.CHECKPOINT_REPLACE_AFTER.check(replaceAfter);
      trusted = Set.copyOf(trusted);
    }

    private static Spending of(Values values) {
      long gas = values.value(Settings.CHECKPOINT_BUDGET_GAS);
      BigInteger wei = values.value(Settings.CHECKPOINT_BUDGET_COIN);
      return new Spending(
          values.value(Settings.CHECKPOINT_MAX_FEE),
          new Cost(
              gas == 0 ? Cost.UNLIMITED.gas() : gas,
              wei.signum() == 0 ? Cost.UNLIMITED.wei() : wei),
          values.value(Settings.CHECKPOINT_REPLACE_AFTER),
          values.find(Settings.CHECKPOINT_AUTHORS).orElse(Set.of()));
    }
  }

  /**
   * How long something may take.
   *
   * @param commit after this time a commit without an answer ends as unknown
   */
  public record Timeouts(Duration commit) {
    public Timeouts {
      Settings.COMMIT_TIMEOUT.check(commit);
    }

    private static Timeouts of(Values values) {
      return new Timeouts(values.value(Settings.COMMIT_TIMEOUT));
    }
  }

  /**
   * What the audit trail has, and for how long.
   *
   * @param recorded null for {@link Recorded#CHANGES} as soon as there is a key, and nothing before
   * @param days after which entries are forgotten
   */
  public record Trail(@Nullable Recorded recorded, int days) {
    /** What is recorded. */
    public enum Recorded {
      /** Nothing. */
      NONE,
      /** Refusals, and all that changes something. */
      CHANGES,
      /** Every request that needs a right, reads as well. */
      ALL
    }

    public Trail {
      Settings.TRAIL_DAYS.check(days);
    }

    private static Trail of(Values values) {
      return new Trail(
          values
              .find(Settings.TRAIL)
              .map(word -> Recorded.valueOf(word.toUpperCase(Locale.ROOT)))
              .orElse(null),
          values.value(Settings.TRAIL_DAYS));
    }
  }

  private static Quotas quotas(Values values) {
    long gridBytes = values.value(Settings.MAX_GRID_BYTES);
    return new Quotas(
        values.value(Settings.MAX_SPACES),
        values.value(Settings.MAX_LEAVES),
        values.value(Settings.MAX_BYTES),
        gridBytes == 0 ? Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP : gridBytes);
  }

  /** A member on this host's loopback with the SQLite file {@code store}. */
  public static GridConfig onOneHost(Path store) {
    return lite().withStore(store);
  }

  /** A lite member on this host's loopback: no store, no partitions, never the leader. */
  public static GridConfig lite() {
    return lite(Values.NONE);
  }

  private static GridConfig lite(Values values) {
    return new GridConfig(
        Network.of(values),
        null,
        Checkpoints.of(values),
        quotas(values),
        Timeouts.of(values),
        Trail.of(values),
        null);
  }

  /**
   * A member with a store, made from settings under the names of {@code docs/settings.md}, such as
   * {@code mnemogrid.grid-port}; a settings file has the same names. What is not set has its
   * default. With {@link #withoutStore} it is a bot that joins the member with the same settings.
   *
   * @param environment gives the variables of what stands in no file: {@code System::getenv}
   * @throws InvalidSetting in one sentence, when a name is no setting, or a value makes no sense
   */
  public static GridConfig of(
      Map<String, String> settings, Function<String, @Nullable String> environment) {
    return of(Values.of(Section.OF_MEMBER, settings, environment));
  }

  /** As {@link #of(Map, Function)}, of settings that were read already. Makes no folder. */
  public static GridConfig of(Values values) {
    Path data = absolute(values.value(Settings.DATA));
    GridConfig config =
        lite(values).withStore(store(values, data)).withAnchor(anchor(values, data));
    if (config.network.secret == null) {
      config = config.withSecret(data.resolve(Secret.FILE));
    }
    Path logKey = values.find(Settings.LOG_KEY).orElse(null);
    return logKey == null ? config : config.withLogKey(absolute(logKey));
  }

  private static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }

  private static StoreConfig store(Values values, Path data) {
    String url = values.find(Settings.STORE).orElse(null);
    return url == null
        ? new StoreConfig.Sqlite(data.resolve("mnemogrid.db"))
        : new StoreConfig.Postgres(
            url,
            values.find(Settings.STORE_USER).orElse(null),
            values.find(Settings.STORE_PASSWORD).orElse(null));
  }

  private static AnchorConfig anchor(Values values, Path data) {
    URI chain = values.find(Settings.CHAIN_URL).orElse(null);
    boolean isNotary = values.find(Settings.ANCHOR).isPresent();
    if (isNotary && chain != null) {
      throw new InvalidSetting(
          "%s and %s are both set: choose one"
              .formatted(Settings.ANCHOR.variable(), Settings.CHAIN_URL.variable()));
    }
    if (chain == null) {
      return isNotary ? new AnchorConfig.Notary(data.resolve("notary")) : new AnchorConfig.None();
    }
    String key = values.find(Settings.CHAIN_KEY).orElse(null);
    int finalAfter = values.value(Settings.FINAL_AFTER);
    // Without a key only a local dev chain is written to, and there nobody else makes blocks.
    int usual = key == null ? FINAL_AFTER_ON_A_DEV_CHAIN : FINAL_AFTER;
    return new AnchorConfig.Evm(
        chain,
        key,
        values.find(Settings.CONTRACT).map(Address::text).orElse(null),
        finalAfter > 0 ? finalAfter : usual);
  }

  /** A config that is being changed. */
  private static final class Draft {
    private String cluster;
    private String name;
    private String host;
    private int port;
    private List<String> members;
    private @Nullable Secret secret;
    private @Nullable StoreConfig store;
    private AnchorConfig anchor;
    private Duration every;
    private long versions;
    private Spending spending;
    private Quotas quotas;
    private Timeouts timeouts;
    private Trail trail;
    private @Nullable Path logKey;

    Draft(GridConfig from) {
      cluster = from.network.cluster;
      name = from.network.name;
      host = from.network.host;
      port = from.network.port;
      members = from.network.members;
      secret = from.network.secret;
      store = from.store;
      anchor = from.checkpoints.anchor;
      every = from.checkpoints.every;
      versions = from.checkpoints.versions;
      spending = from.checkpoints.spending;
      quotas = from.quotas;
      timeouts = from.timeouts;
      trail = from.trail;
      logKey = from.logKey;
    }

    GridConfig config() {
      return new GridConfig(
          new Network(cluster, name, host, port, members, secret),
          store,
          new Checkpoints(anchor, every, versions, spending),
          quotas,
          timeouts,
          trail,
          logKey);
    }
  }

  private GridConfig with(Consumer<Draft> change) {
    Draft draft = new Draft(this);
    change.accept(draft);
    return draft.config();
  }

  /** The same with another cluster name. */
  public GridConfig withCluster(String value) {
    return with(draft -> draft.cluster = value);
  }

  /** The same with another member name. */
  public GridConfig withName(String value) {
    return with(draft -> draft.name = value);
  }

  /** The same bound elsewhere; the secret crosses that network in a form that lets others join. */
  public GridConfig withHost(String value) {
    return with(draft -> draft.host = value);
  }

  /** The same on another port. */
  public GridConfig withPort(int value) {
    return with(draft -> draft.port = value);
  }

  /** The same looking for others at these addresses. */
  public GridConfig withMembers(List<String> value) {
    return with(draft -> draft.members = value);
  }

  /** The same with this SQLite file. */
  public GridConfig withStore(Path file) {
    return withStore(new StoreConfig.Sqlite(file));
  }

  /** The same with this store. */
  public GridConfig withStore(StoreConfig value) {
    return with(draft -> draft.store = value);
  }

  /** The same as a lite member, which reads and commits through those that have the store. */
  public GridConfig withoutStore() {
    return with(draft -> draft.store = null);
  }

  /** The same with this anchor. */
  public GridConfig withAnchor(AnchorConfig value) {
    return with(draft -> draft.anchor = value);
  }

  /** The same with another checkpoint policy. */
  public GridConfig withCheckpoints(Duration every, long versions) {
    return with(draft -> {
      draft.every = every;
      draft.versions = versions;
    });
  }

  /** The same with other limits on what checkpoints cost. */
  public GridConfig withSpending(Spending value) {
    return with(draft -> draft.spending = value);
  }

  /** The same with another time after which a commit without an answer ends as unknown. */
  public GridConfig withCommitTimeout(Duration value) {
    return with(draft -> draft.timeouts = new Timeouts(value));
  }

  /** The same with another audit trail. */
  public GridConfig withTrail(Trail value) {
    return with(draft -> draft.trail = value);
  }

  /** The same signing logs with the key pair in this folder, which is made when none is there. */
  public GridConfig withLogKey(Path folder) {
    return with(draft -> draft.logKey = folder);
  }

  /** The same with another greatest number of spaces. */
  public GridConfig withMaxSpaces(int value) {
    return withQuotas(quotas.withMaxSpaces(Settings.MAX_SPACES.check(value)));
  }

  /** The same with other limits to what it holds. */
  public GridConfig withQuotas(Quotas value) {
    return with(draft -> draft.quotas = value);
  }

  /**
   * The same with the secret in this file: {@code grid.secret} beside the data of a member with a
   * store. A member with a store and no others to join makes it, of mode 600.
   */
  public GridConfig withSecret(Path file) {
    return with(draft -> draft.secret = new Secret.InFile(file));
  }

  /**
   * The same with this secret, 32 hex digits.
   *
   * @throws IllegalArgumentException for anything else; the message does not show it
   */
  public GridConfig withSecret(String digits) {
    return with(draft -> draft.secret = new Secret.Digits(digits));
  }
}
