package io.mnemogrid.setting;

import io.mnemogrid.checkpoint.Address;
import java.math.BigInteger;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The table of all settings. A row has the name, what the setting takes, its default and what it
 * does; {@link Setting#variable} derives its name in the environment. Everything else follows from
 * the rows: what is refused and how that is said, the defaults, the page {@code docs/settings.md}.
 *
 * <p>Rows are in the order of the page. To add a setting, add a row and use it: {@link
 * Values#value}.
 */
public final class Settings {
  /** What every name in a file begins with. */
  public static final String PREFIX = "mnemogrid.";

  private static final String VARIABLES = "MNEMOGRID_";
  private static final String PAGE = "docs/settings.md lists all";
  private static final List<Setting<?>> ROWS = new ArrayList<>();

  public static final Setting<Path> DATA =
      row(Section.STORE, "data", Form.folder())
          .usually("./data")
          .java("onOneHost")
          .means("folder of the store (`mnemogrid.db`), of `grid.secret` and of the notary");

  public static final Setting<String> STORE =
      row(
              Section.STORE,
              "store",
              Form.like("jdbc:postgresql://host/database", "jdbc:postgresql:.+").hidden())
          .otherwise("a SQLite file in the data folder")
          .java("withStore")
          .means("[a store in PostgreSQL](postgresql.md)");

  public static final Setting<String> STORE_USER =
      row(Section.STORE, "store-user", Form.text("a name"))
          .onlyInEnvironment()
          .otherwise("that of the URL, or of the operating system")
          .java("withStore")
          .means("user of that database");

  public static final Setting<String> STORE_PASSWORD =
      row(Section.STORE, "store-password", Form.text("a password").hidden())
          .onlyInEnvironment()
          .otherwise("that of the URL, or none")
          .java("withStore")
          .means("password of that database; never logged");

  public static final Setting<Path> LOG_KEY =
      row(Section.STORE, "log-key", Form.folder())
          .otherwise("the key beside the SQLite file; none with PostgreSQL")
          .java("withLogKey")
          .means(
              "folder of the key pair that [signs logs](proofs.md#follow-a-log-with-existing-tools),"
                  + " the same pair for every member");

  public static final Setting<String> CLUSTER =
      row(Section.GRID, "cluster", Form.text("a name"))
          .usually("mnemogrid")
          .java("withCluster")
          .means("name of the grid, for people; members of other names do not join");

  public static final Setting<String> NAME =
      row(Section.GRID, "name", Form.text("a name"))
          .otherwise("`member-` and the process id")
          .java("withName")
          .means("name of this member, for people");

  public static final Setting<String> GRID_HOST =
      row(Section.GRID, "grid-host", Form.text("an address of this host"))
          .usually("127.0.0.1")
          .java("withHost")
          .means(
              "address to bind the grid's port to and to be known by; nothing on it is encrypted: a"
                  + " private network only");

  public static final Setting<Integer> GRID_PORT =
      row(Section.GRID, "grid-port", Form.whole(1, 65_535))
          .usually("5701")
          .java("withPort")
          .means("port of the grid; the next free one of ten is taken when it is in use");

  public static final Setting<List<String>> MEMBERS =
      row(Section.GRID, "members", Form.list("addresses host:port"))
          .otherwise("the own address, so that two grids on one host do not meet")
          .java("withMembers")
          .means("where other members are looked for, one by one");

  public static final Setting<String> GRID_SECRET =
      row(
              Section.GRID,
              "grid-secret",
              Form.like("32 hex digits (0-9, a-f)", "[0-9a-f]{32}").hidden())
          .onlyInEnvironment()
          .otherwise("`grid.secret` in the data folder")
          .java("withSecret")
          .means(
              "a process that knows it joins the grid ([operate](operate.md#who-is-in-the-grid));"
                  + " never logged");

  public static final Setting<String> ANCHOR =
      row(Section.CHECKPOINTS, "anchor", Form.like("notary or not set", "notary"))
          .otherwise("the chain, where `mnemogrid.chain-url` is set; else no checkpoints")
          .java("withAnchor")
          .means("`notary`: a signed file in place of a chain; nothing is on a chain");

  public static final Setting<URI> CHAIN_URL =
      row(Section.CHECKPOINTS, "chain-url", Form.url().hidden())
          .otherwise("no chain")
          .java("withAnchor")
          .means("JSON-RPC endpoint of the chain");

  public static final Setting<Address> CONTRACT =
      row(Section.CHECKPOINTS, "contract", Form.address())
          .otherwise("one is deployed on a local dev chain, and remembered")
          .java("withAnchor")
          .means("the contract of the checkpoints");

  public static final Setting<String> CHAIN_KEY =
      row(
              Section.CHECKPOINTS,
              "chain-key",
              Form.like("a private key, 0x and 64 hex digits", "(?i)(0x)?[0-9a-f]{64}").hidden())
          .onlyInEnvironment()
          .otherwise("the well-known key of a dev chain, which is refused on every other")
          .java("withAnchor")
          .means("key of whoever sends checkpoints; never logged");

  public static final Setting<Integer> FINAL_AFTER =
      row(Section.CHECKPOINTS, "final-after", Form.count(0))
          .usually("0")
          .java("withAnchor")
          .means(
              "how many blocks make a checkpoint final, its own counted; 0 means 1 without a chain"
                  + " key and 12 with one");

  public static final Setting<Duration> CHECKPOINT_EVERY =
      row(Section.CHECKPOINTS, "checkpoint-every", Form.time("0"))
          .usually("30s")
          .java("withCheckpoints")
          .means("time after which a checkpoint is due when heads changed");

  public static final Setting<Long> CHECKPOINT_VERSIONS =
      row(Section.CHECKPOINTS, "checkpoint.versions", Form.amount(1))
          .usually("1000")
          .java("withCheckpoints")
          .means(
              "after this many new versions a checkpoint is due earlier, but never before a quarter"
                  + " of that time has passed");

  public static final Setting<BigInteger> CHECKPOINT_MAX_FEE =
      row(
              Section.CHECKPOINTS,
              "checkpoint.max-fee-gwei",
              Form.coin("above 0", 9, units -> units.signum() > 0))
          .usually("200")
          .java("withSpending")
          .means("nothing is signed while a block costs more than this for one gas");

  /**
   * A checkpoint takes some 78,000 gas, and one every 30 s makes 2,880 a day: 225 million gas. At 1
   * gwei for one gas that is about a quarter of a coin. A chain that asks for more, or a grid that
   * makes more checkpoints, is to be paid for knowingly.
   */
  public static final Setting<Long> CHECKPOINT_BUDGET_GAS =
      row(Section.CHECKPOINTS, "checkpoint.budget-gas", Form.amount(0))
          .usually("250000000")
          .java("withSpending")
          .means(
              "gas in any 24 hours; 0 for no limit. A checkpoint takes about 78,000, in a batch less"
                  + " than four fifths of that");

  public static final Setting<BigInteger> CHECKPOINT_BUDGET_COIN =
      row(
              Section.CHECKPOINTS,
              "checkpoint.budget-coin",
              Form.coin("from 0", 18, units -> units.signum() >= 0))
          .usually("0.25")
          .java("withSpending")
          .means("coin of the chain in any 24 hours, such as `0.05`; 0 for no limit");

  public static final Setting<Duration> CHECKPOINT_REPLACE_AFTER =
      row(Section.CHECKPOINTS, "checkpoint.replace-after", Form.time("1s"))
          .usually("30s")
          .java("withSpending")
          .means("time after which a transaction that waits is replaced with a higher fee");

  public static final Setting<Set<Address>> CHECKPOINT_AUTHORS =
      row(Section.CHECKPOINTS, "checkpoint.authors", Form.addresses())
          .otherwise("the address of the own key")
          .java("withSpending")
          .means("authors whose headers are sent");

  public static final Setting<String> TRAIL =
      row(Section.TRAIL, "trail", Form.like("`none`, `changes` or `all`", "none|changes|all"))
          .otherwise("`changes` as soon as there is a key, else `none`")
          .java("withTrail")
          .means(
              "what the [audit trail](security.md#the-audit-trail) has: refusals and all that changes"
                  + " something, or every request that needs a right");

  public static final Setting<Integer> TRAIL_DAYS =
      row(Section.TRAIL, "trail-days", Form.whole(1, 36_500))
          .usually("90")
          .java("withTrail")
          .means(
              "days after which entries are forgotten, addresses with them; their hashes stay. The"
                  + " oldest member with a store does it, so give all members the same");

  public static final Setting<Integer> MAX_SPACES =
      row(Section.LIMITS, "max-spaces", Form.count(1))
          .usually("100000")
          .java("withMaxSpaces")
          .means(
              "most spaces of the grid. Each member compares with its own setting, so give all"
                  + " members the same. Members that create spaces at the"
                  + " same moment may exceed the limit by a few");

  public static final Setting<Long> MAX_LEAVES =
      row(Section.LIMITS, "max-leaves", Form.amount(1))
          .usually("1000000")
          .java("withQuotas")
          .means("most leaves of one space");

  public static final Setting<Long> MAX_BYTES =
      row(Section.LIMITS, "max-bytes", Form.amount(1))
          .usually("1073741824")
          .java("withQuotas")
          .means("most bytes of paths and values of one space, as JSON");

  public static final Setting<Long> MAX_GRID_BYTES =
      row(Section.LIMITS, "max-grid-bytes", Form.amount(0))
          .usually("0")
          .java("withQuotas")
          .means(
              "most memory of the documents that a member holds ([limits](operate.md#limits)); 0"
                  + " means a tenth of the heap");

  public static final Setting<Duration> COMMIT_TIMEOUT =
      row(Section.LIMITS, "commit-timeout", Form.time("1ms"))
          .usually("10s")
          .java("withCommitTimeout")
          .means("time after which the outcome of a commit without an answer is unknown");

  /** Micronaut reads it, by the placeholder in {@code application.yml}. */
  public static final Setting<Integer> HTTP_PORT =
      row(Section.HTTP, "http-port", Form.whole(-1, 65_535))
          .usually("8080")
          .means("port of the HTTP server; -1 for one that is free");

  public static final Setting<List<String>> HTTP_HOSTS =
      row(Section.HTTP, "http.hosts", Form.list("names"))
          .otherwise("none")
          .means(
              "further names under which HTTP is called, `name` (without a port or with the"
                  + " server's) or `name:port`: [the door](api.md#the-door)");

  public static final Setting<List<String>> HTTP_ORIGINS =
      row(Section.HTTP, "http.origins", Form.list("origins https://console.example"))
          .otherwise("none")
          .means("origins of other servers whose pages may call");

  public static final Setting<String> KEYS =
      row(Section.HTTP, "keys", Form.like("`strict`", "strict"))
          .otherwise("such a member goes on reading for keys that it knows")
          .means(
              "`strict`: a member that the store has told no keys for 10 s refuses all that need"
                  + " one ([security](security.md#keys))");

  public static final Setting<List<String>> MCP_TOOLS =
      row(Section.HTTP, "mcp.tools", Form.list("names of sets"))
          .usually("core")
          .means(
              "sets of tools that `POST /mcp` offers where its address names none ([mcp](mcp.md)):"
                  + " core, graph, openmemory, basic-memory, chatgpt, claude-memory");

  public static final Setting<String> MCP_SPACE =
      row(Section.HTTP, "mcp.space", Form.text("a name of a space"))
          .usually("memory")
          .means("the space of calls of tools that name none; the first write makes it");

  public static final Setting<Path> HTTP_TLS_CERTIFICATE =
      row(Section.HTTP, "http.tls-certificate", Form.file())
          .otherwise("none: HTTP without TLS")
          .means(
              "the server's certificate as PEM, those of its issuers behind it: HTTP speaks TLS and"
                  + " nothing else ([TLS](security.md#tls))");

  public static final Setting<Path> HTTP_TLS_KEY =
      row(Section.HTTP, "http.tls-key", Form.file())
          .otherwise("none")
          .means("its private key as PEM, not encrypted; other users may not read the file");

  public static final Setting<Path> HTTP_TLS_CLIENT_CA =
      row(Section.HTTP, "http.tls-client-ca", Form.file())
          .otherwise("no certificate of a client is asked for")
          .means(
              "certificates as PEM of those who issue certificates to clients"
                  + " ([client certificates](security.md#client-certificates))");

  public static final Setting<String> HTTP_TLS_VERSIONS =
      row(Section.HTTP, "http.tls-versions", Form.like("1.3 or 1.2,1.3", "1\\.3|1\\.2, ?1\\.3"))
          .usually("1.3")
          .means("versions of TLS that are spoken; in quotes in YAML");

  public static final Setting<Boolean> INSECURE_HTTP =
      row(Section.HTTP, "insecure-http", Form.yesOrNo())
          .usually("no")
          .means(
              "`yes`: HTTP may be bound beyond loopback without keys and TLS"
                  + " ([operate](operate.md#who-reaches-the-http-port))");

  public static final Setting<Integer> HTTP_MAX_CONNECTIONS =
      row(Section.HTTP, "http.max-connections", Form.count(1))
          .usually("10240")
          .means("most open connections");

  public static final Setting<Integer> HTTP_MAX_UNFINISHED =
      row(Section.HTTP, "http.max-unfinished", Form.count(1))
          .usually("64")
          .means(
              "most requests of one address (of one /64 in IPv6) that have begun and not wholly"
                  + " arrived");

  public static final Setting<Integer> HTTP_MAX_STREAMS =
      row(Section.HTTP, "http.max-streams", Form.count(1))
          .usually("2048")
          .means("most open [streams of events](events.md) of this member");

  public static final Setting<Integer> HTTP_MAX_STREAMS_OF_ONE =
      row(Section.HTTP, "http.max-streams-of-one", Form.count(1))
          .usually("256")
          .means(
              "most of them of one key, and of one address (of one /64 in IPv6) while no key is"
                  + " asked for");

  public static final Setting<Duration> HTTP_STREAM_TIMEOUT =
      row(Section.HTTP, "http.stream-timeout", Form.time("1ms"))
          .usually("30s")
          .means(
              "time in which the client of a stream takes nothing, though something waits for it,"
                  + " until its connection is closed");

  public static final Setting<Long> HTTP_MAX_RECEIVING_BYTES =
      row(Section.HTTP, "http.max-receiving-bytes", Form.amount(1))
          .usually("134217728")
          .means("most bytes of bodies that have begun and not wholly arrived");

  public static final Setting<Duration> HTTP_HEADER_TIMEOUT =
      row(Section.HTTP, "http.header-timeout", Form.time("1ms"))
          .usually("10s")
          .means(
              "time from a connection's opening, or a later request's first byte, until all headers"
                  + " of the request have arrived");

  public static final Setting<Duration> HTTP_REQUEST_TIMEOUT =
      row(Section.HTTP, "http.request-timeout", Form.time("1ms"))
          .usually("30s")
          .means("time from the same moment until the request has wholly arrived");

  public static final Setting<Rate> RATE_READER =
      row(Section.HTTP, "rate.reader", Form.rate())
          .usually("1000,67108864,100000")
          .means(
              "what all members together grant a key of a reader, verifier or eraser"
                  + " ([rates](api.md#rates))");

  public static final Setting<Rate> RATE_WRITER =
      row(Section.HTTP, "rate.writer", Form.rate())
          .usually("1000,67108864,100000")
          .means("the same for a key of a writer or curator");

  public static final Setting<Rate> RATE_OPERATOR =
      row(Section.HTTP, "rate.operator", Form.rate())
          .usually("5000,268435456,1000000")
          .means("the same for a key of an operator, or one for metrics");

  public static final Setting<Rate> RATE_ADDRESS =
      row(Section.HTTP, "rate.address", Form.rate())
          .usually("500,33554432,50000")
          .means(
              "the same for an address (a /64 in IPv6) whose requests have no key, or a wrong one;"
                  + " while there are no keys, loopback has no rate");

  public static final Setting<String> KEY =
      row(Section.TOOLS, "key", Form.text("a key").hidden())
          .onlyInEnvironment()
          .otherwise("that of `local.key` in the data folder, for the member that runs on it")
          .means("key by which the commands ask a member's API; never an option, which others see");

  public static final Setting<Path> CA =
      row(Section.TOOLS, "ca", Form.file())
          .onlyInEnvironment()
          .otherwise("whom Java trusts")
          .means(
              "certificates as PEM of the issuers that the commands trust at https://, no others");

  public static final Setting<String> HEAP =
      row(Section.TOOLS, "heap", Form.text("an amount of memory, `512m` or `2g`"))
          .onlyInEnvironment()
          .otherwise("a quarter of the memory, at most 4 GiB")
          .means("heap of the JVMs that `./mnemogrid` starts");

  public static final Setting<String> IN_BUILD =
      row(Section.TOOLS, "in-build", Form.text("`1`"))
          .onlyInEnvironment()
          .otherwise("no")
          .means("`./mnemogrid` sets it for the tests of a build, which build nothing again");

  public static final Setting<String> CHAOS_ISOLATED =
      row(Section.TOOLS, "chaos-isolated", Form.text("`yes`"))
          .onlyInEnvironment()
          .otherwise("no")
          .means("`./mnemogrid chaos` sets it inside the network of its own");

  private Settings() {}

  private static <T> Row<T> row(Section section, String name, Form<T> form) {
    return new Row<>(section, PREFIX + name, form);
  }

  /** A row that is being written. */
  private static final class Row<T> {
    private final Section section;
    private final String name;
    private final Form<T> form;
    private boolean isOnlyInEnvironment;
    private @Nullable T usual;
    private String otherwise = "";
    private String java = "";

    Row(Section section, String name, Form<T> form) {
      this.section = section;
      this.name = name;
      this.form = form;
    }

    Row<T> onlyInEnvironment() {
      isOnlyInEnvironment = true;
      return this;
    }

    Row<T> usually(String text) {
      usual = form.read(text).orElseThrow();
      otherwise = "`" + text + "`";
      return this;
    }

    Row<T> otherwise(String words) {
      otherwise = words;
      return this;
    }

    Row<T> java(String method) {
      java = method;
      return this;
    }

    /** Ends the row. */
    Setting<T> means(String sentence) {
      Setting<T> setting =
          new Setting<>(section, name, form, isOnlyInEnvironment, usual, otherwise, java, sentence);
      ROWS.add(setting);
      return setting;
    }
  }

  /** All rows of these sections, in the order of the page. */
  public static List<Setting<?>> of(Set<Section> sections) {
    return ROWS.stream().filter(row -> sections.contains(row.section())).toList();
  }

  /**
   * Refuses names that are no setting.
   *
   * @param sections what the reader knows
   * @param names as they stand in a file
   * @throws InvalidSetting for the first name in the alphabet that is no setting, is one of other
   *     sections, or one that stands in no file
   */
  static void refuseUnknown(Set<Section> sections, Collection<String> names) {
    for (String name : new TreeSet<>(names)) {
      Optional<Setting<?>> row = ROWS.stream().filter(each -> each.name().equals(name)).findAny();
      if (row.isEmpty()) {
        throw new InvalidSetting(
            "%s is no setting: did you mean %s? %s"
                .formatted(name, Nearest.of(name, names(sections)), PAGE));
      }
      if (row.get().isOnlyInEnvironment()) {
        throw new InvalidSetting(
            "%s is read from the environment alone: set %s there"
                .formatted(name, row.get().variable()));
      }
      if (!sections.contains(row.get().section())) {
        throw new InvalidSetting(
            "%s is a setting of the server, not of a member in a program: leave it out; %s"
                .formatted(name, PAGE));
      }
    }
  }

  private static List<String> names(Set<Section> sections) {
    return of(sections).stream().<String>map(Setting::name).toList();
  }

  /**
   * What to warn of, in one sentence: variables that look like settings and are none. They are not
   * refused, because programs of other versions may share an environment.
   *
   * @param environment the names of all its variables
   */
  public static Optional<String> unknownVariables(Collection<String> environment) {
    List<String> known = ROWS.stream().<String>map(Setting::variable).toList();
    String unknown =
        new TreeSet<>(environment)
            .stream()
                .filter(name -> name.startsWith(VARIABLES) && !known.contains(name))
                .map(name -> name + " (did you mean " + Nearest.of(name, known) + "?)")
                .collect(Collectors.joining(", "));
    return unknown.isEmpty()
        ? Optional.empty()
        : Optional.of("not looked at, for no setting has that name: " + unknown + "; " + PAGE);
  }
}
