package io.mnemogrid;

import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Cost;
import io.mnemogrid.merge.Quotas;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * How one member of a grid is to run. Everything has a default that is safe on one host: loopback
 * only, no discovery but the addresses named here.
 *
 * @param cluster name of the grid; members of other names never join
 * @param name of this member, for people
 * @param host address to bind and to be known by
 * @param port of the grid endpoint; the next free one of ten is taken when it is in use
 * @param members addresses {@code host:port} to look for others at, one by one
 * @param store what it keeps, or null for a lite member that reads and commits through others
 * @param anchor where checkpoints are made public
 * @param checkpointEvery a checkpoint is due when heads changed and this long has passed
 * @param checkpointVersions a checkpoint is due after so many new versions, however soon
 * @param spending what checkpoints may cost, and whose are sent
 * @param commitTimeout after which an unanswered commit is told to be unknown
 * @param logKey folder of the key pair that signs logs, the same pair for every member; null for
 *     the one beside a SQLite file, and for none with PostgreSQL
 * @param quotas how many spaces there may be and how much their documents may grow by what this
 *     member creates and commits. Judged by what it knows, so that members that create or grow at
 *     once may pass it by a few
 * @param secret what the members of the grid know and nobody else; null for that of the environment
 *     ({@code MNEMOGRID_GRID_SECRET}), or, where that is not set either, of the file {@code
 *     grid.secret} beside a SQLite file
 */
public record GridConfig(
    String cluster,
    String name,
    String host,
    int port,
    List<String> members,
    @Nullable StoreConfig store,
    AnchorConfig anchor,
    Duration checkpointEvery,
    long checkpointVersions,
    Spending spending,
    Duration commitTimeout,
    @Nullable Path logKey,
    Quotas quotas,
    @Nullable Secret secret) {
  /** Of the heap, what one copy of all documents may take; there are several for a moment. */
  private static final int SHARE_OF_HEAP = 10;

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
     * @param finalAfter confirmations, the including block counted, that make a checkpoint final
     */
    record Evm(URI endpoint, @Nullable String privateKey, @Nullable String contract, int finalAfter)
        implements AnchorConfig {
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
    /**
     * A checkpoint takes some 78,000 gas, and one every 30 s makes 2,880 a day: 225 million gas. At
     * 1 gwei for one gas that is about a quarter of a coin. A chain that asks for more, or a grid
     * that makes more checkpoints, is to be paid for knowingly.
     */
    public static final Cost USUAL_BUDGET =
        new Cost(250_000_000, BigInteger.TEN.pow(18).divide(BigInteger.valueOf(4)));

    /** At most 200 gwei for one gas, the usual budget, replaced after 30 s. */
    public static final Spending DEFAULT =
        new Spending(
            BigInteger.TEN.pow(9).multiply(BigInteger.valueOf(200)),
            USUAL_BUDGET,
            Duration.ofSeconds(30),
            Set.of());

    public Spending {
      trusted = Set.copyOf(trusted);
    }
  }

  public GridConfig {
    members = List.copyOf(members);
  }

  /** A member on this host's loopback with the SQLite file {@code store}. */
  public static GridConfig onOneHost(Path store) {
    return lite().withStore(store);
  }

  /** The {@link Quotas#DEFAULT}, and for all documents together a tenth of this process's heap. */
  private static Quotas usualQuotas() {
    return Quotas.DEFAULT.withMaxGridBytes(Runtime.getRuntime().maxMemory() / SHARE_OF_HEAP);
  }

  /** A lite member on this host's loopback: no store, no partitions, never the leader. */
  public static GridConfig lite() {
    return new GridConfig(
        "mnemogrid",
        "member-" + ProcessHandle.current().pid(),
        "127.0.0.1",
        5701,
        List.of("127.0.0.1:5701"),
        null,
        new AnchorConfig.None(),
        Duration.ofSeconds(30),
        1000,
        Spending.DEFAULT,
        Duration.ofSeconds(10),
        null,
        usualQuotas(),
        null);
  }

  /** The same with another cluster name. */
  public GridConfig withCluster(String value) {
    return new GridConfig(
        value,
        name,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same with another member name. */
  public GridConfig withName(String value) {
    return new GridConfig(
        cluster,
        value,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same bound elsewhere; the secret crosses that network in a form that lets others join. */
  public GridConfig withHost(String value) {
    return new GridConfig(
        cluster,
        name,
        value,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same on another port. */
  public GridConfig withPort(int value) {
    return new GridConfig(
        cluster,
        name,
        host,
        value,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same looking for others at these addresses. */
  public GridConfig withMembers(List<String> value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        value,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same with this SQLite file. */
  public GridConfig withStore(Path file) {
    return withStore(new StoreConfig.Sqlite(file));
  }

  /** The same with this store. */
  public GridConfig withStore(StoreConfig value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        value,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same with this anchor. */
  public GridConfig withAnchor(AnchorConfig value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        value,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same with another checkpoint policy. */
  public GridConfig withCheckpoints(Duration every, long versions) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        anchor,
        every,
        versions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same with other limits on what checkpoints cost. */
  public GridConfig withSpending(Spending value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        value,
        commitTimeout,
        logKey,
        quotas,
        secret);
  }

  /** The same with another time after which a commit is told to be unknown. */
  public GridConfig withCommitTimeout(Duration value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        value,
        logKey,
        quotas,
        secret);
  }

  /** The same signing logs with the key pair in this folder, which is made when none is there. */
  public GridConfig withLogKey(Path folder) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        folder,
        quotas,
        secret);
  }

  /** Most spaces of the grid. */
  public int maxSpaces() {
    return quotas.maxSpaces();
  }

  /** The same with another greatest number of spaces. */
  public GridConfig withMaxSpaces(int value) {
    return withQuotas(quotas.withMaxSpaces(value));
  }

  /** The same with other limits to what it holds. */
  public GridConfig withQuotas(Quotas value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        value,
        secret);
  }

  /**
   * The same with the secret in this file: {@code grid.secret} beside the data of a member with a
   * store. A member with a store and no others to join makes it, of mode 600.
   */
  public GridConfig withSecret(Path file) {
    return withSecret(new Secret.InFile(file));
  }

  /**
   * The same with this secret, 32 hex digits.
   *
   * @throws IllegalArgumentException for anything else; the message does not show it
   */
  public GridConfig withSecret(String digits) {
    return withSecret(new Secret.Digits(digits));
  }

  private GridConfig withSecret(Secret value) {
    return new GridConfig(
        cluster,
        name,
        host,
        port,
        members,
        store,
        anchor,
        checkpointEvery,
        checkpointVersions,
        spending,
        commitTimeout,
        logKey,
        quotas,
        value);
  }
}
