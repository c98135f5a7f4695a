package io.mnemogrid.client;

import java.net.URI;
import java.net.http.HttpClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;

/**
 * A client of one grid, by one or several of its members. Thread-safe; one for a process is enough.
 *
 * <pre>{@code
 * Client client = Client.builder("http://127.0.0.1:8080").author("bot-a").build();
 * Space memory = client.space("daryl");
 * memory.set("facts.hello", "world");
 * }</pre>
 */
public final class Client {
  /** The environment variable from which the key is taken where none is given. */
  public static final String KEY_VARIABLE = "MNEMOGRID_KEY";

  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9._~+/=-]{1,512}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._:@-]{1,128}");
  private static final Pattern LOOPBACK =
      Pattern.compile("localhost|127(\\.[0-9]{1,3}){3}|\\[::1]|\\[0:0:0:0:0:0:0:1]");

  private final Transport transport;
  private final Optional<String> author;
  private final Duration statePoll;
  private final Duration finalityPoll;
  private final Optional<Signer> signer;
  private final AtomicReference<String> grid;

  private Client(Builder builder, Transport transport) {
    this.transport = transport;
    this.author = builder.author;
    this.statePoll = builder.statePoll;
    this.finalityPoll = builder.finalityPoll;
    this.signer = builder.signer;
    this.grid = new AtomicReference<>(builder.grid);
  }

  /** Begins a client of the members at these base URLs, such as {@code http://127.0.0.1:8080}. */
  public static Builder builder(String... urls) {
    return new Builder(List.of(urls));
  }

  /** What a client is made of; each setting has a default. */
  public static final class Builder {
    private final List<String> urls;
    private Optional<String> key =
        Optional.ofNullable(System.getenv(KEY_VARIABLE))
            .map(String::strip)
            .filter(text -> !text.isEmpty());
    private Optional<String> author = Optional.empty();
    private Optional<SSLContext> tls = Optional.empty();
    private Duration timeout = Duration.ofSeconds(30);
    private Duration deadline = Duration.ofMinutes(2);
    private Duration statePoll = Duration.ofSeconds(5);
    private Duration finalityPoll = Duration.ofSeconds(30);
    private boolean isPlainAllowed;
    private Optional<Signer> signer = Optional.empty();
    private String grid; // null: the first answer says it

    private Builder(List<String> urls) {
      this.urls = urls;
    }

    /** The key, in place of that in {@code MNEMOGRID_KEY}. It is in no message and no text. */
    public Builder key(String key) {
      this.key = Optional.of(key);
      return this;
    }

    /** Who writes, where a delta, patch, rollback or turn names nobody. */
    public Builder author(String author) {
      checkName("an author", author);
      this.author = Optional.of(author);
      return this;
    }

    /**
     * Signs every delta of the client's author, not those that name another (docs/authors.md). It
     * signs for the grid of the first answer that names one; an answer that then names another is
     * an {@link OtherGridException}.
     */
    public Builder signer(Signer signer) {
      this.signer = Optional.of(signer);
      return this;
    }

    /**
     * The id of the grid that is signed for, 32 hex digits, whatever a member says.
     *
     * @throws IllegalArgumentException when it is none
     */
    public Builder grid(String grid) {
      this.grid = AuthorSignature.checkedGrid(grid);
      return this;
    }

    /** How long one sending may take, 30 s when left out. */
    public Builder timeout(Duration timeout) {
      this.timeout = positive(timeout);
      return this;
    }

    /** How long one call may take with all its sendings, 2 min when left out. */
    public Builder deadline(Duration deadline) {
      this.deadline = positive(deadline);
      return this;
    }

    /** How often {@link Space#awaitChange} looks, 5 s when left out. */
    public Builder statePoll(Duration statePoll) {
      this.statePoll = positive(statePoll);
      return this;
    }

    /** How often finality is asked for where no event tells of it, 30 s when left out. */
    public Builder finalityPoll(Duration finalityPoll) {
      this.finalityPoll = positive(finalityPoll);
      return this;
    }

    /** Whom to trust, and as whom to come, by TLS. */
    public Builder tls(SSLContext tls) {
      this.tls = Optional.of(tls);
      return this;
    }

    /** Lets the key go over plain HTTP to other hosts, where everybody on the way can read it. */
    public Builder allowPlainHttp() {
      this.isPlainAllowed = true;
      return this;
    }

    /**
     * The client. Nothing is sent yet.
     *
     * @throws IllegalArgumentException for a URL or key that is none, for a key that would go over
     *     plain HTTP to another host, and for a signer without an author
     */
    public Client build() {
      if (urls.isEmpty()) {
        throw new IllegalArgumentException("a client takes at least one URL");
      }
      if (signer.isPresent() && author.isEmpty()) {
        throw new IllegalArgumentException("who signs? a client with a signer has an author");
      }
      key.ifPresent(Builder::checkKey);
      List<URI> members = new ArrayList<>();
      for (String url : urls) {
        members.add(member(url));
      }
      HttpClient.Builder http = HttpClient.newBuilder();
      tls.ifPresent(http::sslContext);
      return new Client(
          this, new Transport(members, key.map("Bearer "::concat), timeout, deadline, http));
    }

    private static void checkKey(String key) {
      if (!KEY.matcher(key).matches()) {
        throw new IllegalArgumentException("the key has characters that no key has");
      }
    }

    private URI member(String url) {
      URI uri = URI.create(url.endsWith("/") ? url.substring(0, url.length() - 1) : url);
      boolean isTls = "https".equals(uri.getScheme());
      if ((!isTls && !"http".equals(uri.getScheme()))
          || uri.getHost() == null
          || uri.getRawUserInfo() != null
          || uri.getRawQuery() != null
          || uri.getRawFragment() != null) {
        throw new IllegalArgumentException("a member is http or https, host and port");
      }
      if (key.isPresent() && !isTls && !isPlainAllowed && !isLoopback(uri.getHost())) {
        throw new IllegalArgumentException(
            "the key would go over plain HTTP to "
                + uri.getHost()
                + ": use https, or allowPlainHttp()");
      }
      return uri;
    }

    private static boolean isLoopback(String host) {
      return LOOPBACK.matcher(host).matches();
    }

    private static Duration positive(Duration duration) {
      if (duration.isNegative() || duration.isZero()) {
        throw new IllegalArgumentException("a duration above 0, got " + duration);
      }
      return duration;
    }
  }

  /** The space of that name; it is made when it is not there. */
  public Space space(String name) {
    Space space = existing(name);
    space.create();
    return space;
  }

  /** The space of that name, which is not asked for and not made. */
  public Space existing(String name) {
    if (!Shape.isSpace(name)) {
      throw new IllegalArgumentException("no name of a space: " + name);
    }
    return new Space(this, name);
  }

  /** The names of all spaces that the key is granted, a page at a time. */
  public Stream<String> spaces() {
    return Pages.of(
        transport,
        next -> Call.get("/v1/spaces").with("cursor", next),
        item -> item.member("space").space());
  }

  /** A checkpoint by its number, 1 or more. */
  public Checkpoint checkpoint(long number) {
    return Checkpoint.of(transport.read(Call.get("/v1/checkpoints/" + number)).shape());
  }

  /** The newest checkpoint. */
  public Checkpoint latestCheckpoint() {
    return Checkpoint.of(transport.read(Call.get("/v1/checkpoints/latest")).shape());
  }

  /** Names the members, and not the key. */
  @Override
  public String toString() {
    return "client of " + transport;
  }

  Transport transport() {
    return transport;
  }

  Optional<String> author() {
    return author;
  }

  /** The author of a write: the one that it names, else the client's. */
  String author(Optional<String> named) {
    return named
        .or(() -> author)
        .orElseThrow(() -> new IllegalStateException("nobody is named as author"));
  }

  /** Reads a head, whose grid must be the one that is signed for. */
  Head head(Shape answer) {
    if (signer.isPresent()) {
      String said = BadAnswerException.reading(() -> answer.member("grid").grid());
      if (!grid.compareAndSet(null, said) && !said.equals(grid.get())) {
        throw new OtherGridException(said, grid.get());
      }
    }
    return Head.of(answer);
  }

  /** A delta with its signature, where it is of the author that signs. */
  Json signed(Space space, Json.Obj delta, String by) {
    if (signer.isEmpty() || !author.equals(Optional.of(by))) {
      return delta;
    }
    if (grid.get() == null) {
      space.head();
    }
    String value = signer.get().sign(grid.get(), space.name(), delta.canonical());
    Map<String, Json> members = new TreeMap<>(delta.members());
    members.put("signature", Json.of(Map.of("key", signer.get().key(), "value", value)));
    return new Json.Obj(members);
  }

  Duration statePoll() {
    return statePoll;
  }

  Duration finalityPoll() {
    return finalityPoll;
  }

  /** Refuses what is no author and no update_id. */
  static void checkName(String what, String name) {
    if (!NAME.matcher(name).matches()) {
      throw new IllegalArgumentException(
          what + " is 1 to 128 characters of [A-Za-z0-9._:@-], got " + name);
    }
  }
}
