package io.mnemogrid.tool;

import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.audit.Fsck;
import io.mnemogrid.audit.Progress;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.log.BrokenHistory;
import io.mnemogrid.log.LogUnavailable;
import io.mnemogrid.member.AnchorOpener;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.store.PostgresStore;
import io.mnemogrid.store.Private;
import io.mnemogrid.store.Safeguard;
import io.mnemogrid.store.SqliteStore;
import io.mnemogrid.store.Store;
import io.mnemogrid.store.StoreCopy;
import io.mnemogrid.store.StoreRows;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * {@code fsck}, {@code export}, {@code import}, {@code backup} and {@code doctor}: work on a store
 * itself, whether members run or not (docs/backup.md). Progress goes to standard error.
 */
public final class StoreCommands {
  /** All is well. */
  static final int DONE = 0;

  /** The options are wrong, or the store, the chain or the member cannot be reached. */
  static final int CANNOT_TELL = 1;

  /** The store lies, the file does not verify, or an answer is not as durable as it should be. */
  public static final int FOUND = 7;

  private static final Set<String> OPTIONS =
      Set.of("--data", "--store", "--chain", "--contract", "--notary", "--url", "-o", "--as");
  private static final String NO_CHAIN = "--no-chain";
  private static final String USAGE =
      """
      fsck [--data DIR | --store JDBC-URL] [--url API]
           [--chain URL [--contract 0x…] | --notary DIR | --no-chain]
      export SPACE [-o FILE] [--data DIR | --store JDBC-URL]
      import FILE [--as SPACE] [--data DIR | --store JDBC-URL]
      backup FILE [--data DIR]
      compact [--data DIR]
      doctor [--data DIR | --store JDBC-URL]\
      """;

  private final PrintStream out;
  private final PrintStream err;
  private final Map<String, String> options = new HashMap<>();
  private final List<String> words = new ArrayList<>();

  /** A tool that prints there. */
  public StoreCommands(PrintStream out, PrintStream err) {
    this.out = out;
    this.err = err;
  }

  /** Runs one command and exits with 0, 1 or 7. */
  public static void main(String[] args) {
    System.exit(new StoreCommands(System.out, System.err).run(args));
  }

  /** Plays a command; the exit code. */
  public int run(String... args) {
    try {
      read(args);
      return switch (words.isEmpty() ? "" : words.removeFirst()) {
        case "fsck" -> fsck();
        case "export" -> export(word("SPACE"));
        case "import" -> imports(Path.of(word("FILE")));
        case "backup" -> backup(Path.of(word("FILE")));
        case "compact" -> compact();
        case "doctor" -> doctor();
        default -> throw new IllegalArgumentException(USAGE);
      };
    } catch (BrokenHistory e) {
      err.println("mnemogrid: " + e.getMessage());
      return FOUND;
    } catch (LogUnavailable
        | AnchorUnavailable
        | IllegalArgumentException
        | IllegalStateException e) {
      err.println("mnemogrid: " + e.getMessage());
      return CANNOT_TELL;
    } catch (FileAlreadyExistsException e) {
      err.println("mnemogrid: " + e.getMessage() + " is there already");
      return CANNOT_TELL;
    } catch (IOException e) {
      err.println("mnemogrid: " + sentence(e));
      return CANNOT_TELL;
    }
  }

  private static String sentence(IOException e) {
    return switch (e) {
      case NoSuchFileException missing -> "there is no " + missing.getFile();
      case AccessDeniedException denied -> "no right to read or write " + denied.getFile();
      case FileSystemException at -> at.getFile() + ": " + at.getReason();
      default -> e.getMessage() == null ? e.toString() : e.getMessage();
    };
  }

  private void read(String... args) {
    for (int i = 0; i < args.length; i++) {
      if (args[i].equals(NO_CHAIN)) {
        options.put(NO_CHAIN, "");
      } else if (!OPTIONS.contains(args[i])) {
        if (args[i].startsWith("-")) {
          throw new IllegalArgumentException("no option " + args[i] + "\n" + USAGE);
        }
        words.add(args[i]);
      } else if (i + 1 < args.length) {
        options.put(args[i], args[++i]);
      } else {
        throw new IllegalArgumentException(args[i] + " wants a value\n" + USAGE);
      }
    }
  }

  private String word(String name) {
    if (words.size() != 1) {
      throw new IllegalArgumentException("one " + name + "\n" + USAGE);
    }
    return words.getFirst();
  }

  private Path data() {
    return Path.of(options.getOrDefault("--data", "data"));
  }

  /** The SQLite file, which is never made here. */
  private Path file() {
    Path file = data().resolve("mnemogrid.db");
    if (!Files.isRegularFile(file)) {
      throw new IllegalStateException(
          "there is no store " + file + "; name its folder with --data");
    }
    return file;
  }

  private @Nullable String jdbc() {
    String url = options.get("--store");
    return url == null ? System.getenv("MNEMOGRID_STORE") : url;
  }

  private Store open() {
    String url = jdbc();
    return url == null
        ? SqliteStore.open(file())
        : PostgresStore.open(
            url, System.getenv("MNEMOGRID_STORE_USER"), System.getenv("MNEMOGRID_STORE_PASSWORD"));
  }

  /** The store as it stands: one that this user may not write is only read. */
  private Store openToRead() {
    return jdbc() == null ? SqliteStore.openToRead(file()) : open();
  }

  private StoreRows rows() {
    String url = jdbc();
    return url == null
        ? StoreRows.ofSqlite(file())
        : StoreRows.ofPostgres(
            url, System.getenv("MNEMOGRID_STORE_USER"), System.getenv("MNEMOGRID_STORE_PASSWORD"));
  }

  private int fsck() throws IOException {
    List<Fsck.Claim> claims = claims(); // first: what they show now is in the log that is read
    Bar bar = new Bar();
    try (Store store = openToRead();
        StoreRows rows = rows()) {
      Fsck fsck = new Fsck(rows, store, bar);
      Optional<Anchor> anchor = new AnchorOpener(anchor(), store.settings()).openExisting();
      Optional<Fsck.Lie> lie;
      try {
        lie = fsck.run(claims, anchor);
      } finally {
        anchor.ifPresent(Anchor::close);
      }
      bar.end();
      Fsck.Seen seen = fsck.seen();
      // Whoever rewrote the whole store would have rewritten it consistently.
      boolean unseen = anchor.isEmpty() && seen.finalized() > 0 && !options.containsKey(NO_CHAIN);
      if (lie.isPresent()) {
        out.println("LIE at " + lie.get().where() + ": " + lie.get().what());
        return FOUND;
      }
      out.printf(
          "%s: %d spaces, %d versions recomputed (%d/s), %d snapshots, %d verified heads,"
              + " %d checkpoints, %s, %s%n",
          unseen ? "consistent in itself" : "honest",
          seen.spaces(),
          seen.versions(),
          bar.rate(seen.versions()),
          seen.snapshots(),
          seen.verified(),
          seen.checkpoints(),
          anchor.isPresent() ? "held against " + anchor.get().identity() : "no chain looked at",
          claims.isEmpty() ? "no member asked" : claims.size() + " heads shown by a member");
      if (unseen) {
        err.printf(
            "mnemogrid: %d checkpoints were made public, and nothing says where, so whether the"
                + " store is honest cannot be told: name --chain URL or --notary DIR, or say"
                + " --no-chain to do without%n",
            seen.finalized());
        return CANNOT_TELL;
      }
      return DONE;
    }
  }

  private AnchorConfig anchor() {
    if (options.containsKey(NO_CHAIN)) {
      return new AnchorConfig.None();
    }
    String chain = options.get("--chain");
    if (chain != null) {
      return new AnchorConfig.Evm(
          URI.create(chain), System.getenv("MNEMOGRID_CHAIN_KEY"), options.get("--contract"), 1);
    }
    String notary = options.get("--notary");
    Path folder = notary == null ? data().resolve("notary") : Path.of(notary);
    boolean there = jdbc() == null || notary != null;
    if (there && Files.isDirectory(folder) && !Files.isWritable(folder)) {
      throw new IllegalStateException(
          "the notary's folder "
              + folder
              + " may not be written, and its file is only read under a lock: name a copy of it"
              + " with --notary, or say --no-chain to do without");
    }
    return there && Files.isDirectory(folder)
        ? new AnchorConfig.Notary(folder)
        : new AnchorConfig.None();
  }

  /** The heads that a member's API shows. */
  private List<Fsck.Claim> claims() throws IOException {
    String url = options.get("--url");
    List<Fsck.Claim> claims = new ArrayList<>();
    if (url == null) {
      return claims;
    }
    try (HttpClient client = HttpClient.newHttpClient()) {
      String cursor = "";
      while (true) {
        Json.Obj page = get(client, url + "/v1/spaces?limit=500" + cursor);
        for (Json item :
            page.get("items") instanceof Json.Arr items ? items.items() : List.<Json>of()) {
          if (item instanceof Json.Obj head && !Json.of(0).equals(head.get("version"))) {
            claims.add(
                new Fsck.Claim(
                    url,
                    new SpaceName(text(head, "space")),
                    head.get("version") instanceof Json.Num number ? (long) number.value() : 0,
                    Hash.parse(text(head, "root")),
                    Hash.parse(text(head, "log_root"))));
          }
        }
        if (!(page.get("next") instanceof Json.Str next)) {
          return claims;
        }
        cursor = "&cursor=" + next.value();
      }
    }
  }

  private static Json.Obj get(HttpClient client, String url) throws IOException {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(url)).timeout(Duration.ofSeconds(30)).build();
    try {
      HttpResponse<String> answer =
          client.send(request, HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
      if (answer.statusCode() != 200) {
        throw new IOException(url + " answers " + answer.statusCode());
      }
      return Json.parseObject(answer.body());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  private static String text(Json.Obj object, String name) {
    if (object.get(name) instanceof Json.Str text) {
      return text.value();
    }
    throw new IllegalStateException("the member shows a head without " + name);
  }

  private int export(String space) throws IOException {
    String file = options.get("-o");
    Bar bar = new Bar();
    try (Store store = openToRead()) {
      long records;
      if (file == null) {
        records = SpaceExport.write(store.log(), new SpaceName(space), out, bar);
      } else {
        Path target = Path.of(file);
        if (Files.exists(target)) {
          throw new FileAlreadyExistsException(file);
        }
        Path folder = target.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
          throw new NoSuchFileException(folder.toString());
        }
        Path part = Path.of(file + ".part");
        try (FileChannel channel = Private.open(part, StandardOpenOption.TRUNCATE_EXISTING);
            OutputStream buffered =
                new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16)) {
          records = SpaceExport.write(store.log(), new SpaceName(space), buffered, bar);
          channel.force(true);
        }
        Files.move(part, target);
      }
      bar.end();
      err.printf("exported %d records of %s (%d/s)%n", records, space, bar.rate(records));
    }
    return DONE;
  }

  private int imports(Path file) throws IOException {
    if (!Files.exists(file)) {
      throw new NoSuchFileException(file.toString());
    }
    String as = options.get("--as");
    Bar bar = new Bar();
    try (Store store = jdbc() == null ? SqliteStore.open(data().resolve("mnemogrid.db")) : open()) {
      SpaceImport importer = new SpaceImport(file, store.log(), bar);
      SpaceImport.Result result = importer.run(as == null ? null : new SpaceName(as));
      bar.end();
      return switch (result) {
        case SpaceImport.Result.Done done -> {
          out.printf(
              "%s is at version %d; %d records written (%d/s), all of the file verified%n",
              done.space(), done.version(), done.written(), bar.rate(done.written()));
          yield DONE;
        }
        case SpaceImport.Result.Refused refused -> {
          out.printf("refused: %s, line %d: %s%n", file, refused.line(), refused.why());
          yield FOUND;
        }
      };
    }
  }

  private int backup(Path copy) throws IOException {
    if (jdbc() != null) {
      throw new IllegalArgumentException("a PostgreSQL store is backed up with pg_dump");
    }
    StoreCopy.write(file(), copy);
    out.println("copied " + file() + " to " + copy);
    return DONE;
  }

  private int compact() throws IOException {
    if (jdbc() != null) {
      throw new IllegalArgumentException("a PostgreSQL store is compacted with VACUUM FULL");
    }
    long bytes = SqliteStore.compact(file());
    out.println("gave " + (bytes >> 20) + " MB of " + file() + " back to the disk");
    return DONE;
  }

  private int doctor() {
    try (Store store = openToRead()) {
      List<Safeguard> safeguards = store.safeguards();
      safeguards.forEach(out::println);
      return safeguards.stream().allMatch(Safeguard::holds) ? DONE : FOUND;
    }
  }

  /** A line that tells how far it has come, how fast, and how long it will take. */
  private final class Bar implements Progress {
    private static final long EVERY_NANOS = 500_000_000;

    private final boolean terminal = System.console() != null && System.console().isTerminal();
    private final long began = System.nanoTime();
    private long shown = began;
    private long since = began;
    private String what = "";
    private boolean open;

    @Override
    public void at(String now, long done, long total) {
      long nanos = System.nanoTime();
      String kind = now.startsWith("space ") ? "space " : now;
      if (!kind.equals(what)) {
        what = kind;
        since = nanos;
      }
      if (nanos - shown < (terminal ? EVERY_NANOS : 10 * EVERY_NANOS)) {
        return;
      }
      shown = nanos;
      double seconds = Math.max(1e-3, (nanos - since) / 1e9);
      double rate = done / seconds;
      err.printf(
          "%s  %s: %d of %d (%d%%), %d/s, %d s left%s",
          terminal ? "\r\u001b[K" : "",
          now,
          done,
          total,
          total == 0 ? 100 : done * 100 / total,
          (long) rate,
          rate == 0 ? 0 : (long) ((total - done) / rate),
          terminal ? "" : System.lineSeparator());
      err.flush();
      open = terminal;
    }

    void end() {
      if (open) {
        err.println();
      }
    }

    long rate(long done) {
      return (long) (done / Math.max(1e-3, (System.nanoTime() - began) / 1e9));
    }
  }
}
