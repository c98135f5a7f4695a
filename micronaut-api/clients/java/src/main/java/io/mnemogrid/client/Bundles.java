package io.mnemogrid.client;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Checks proof bundles (FORMATS §7) offline: against a checkpoint hash that the caller trusts, and
 * nothing else. Nothing is fetched, and nothing in a bundle says what to trust.
 */
public final class Bundles {
  /** Greatest size of a bundle; a record of thousands of leaves fits. */
  public static final int MAX_BYTES = 16 * 1024 * 1024;

  private static final String FIRST_FORMAT = "mnemogrid-bundle-1";
  private static final String SECOND_FORMAT = "mnemogrid-bundle-2";

  /** Where the keys of authors stand. */
  private static final String AUTHORS = "mnemogrid.authors";

  private static final Json KEY_KIND = Json.of("ed25519");

  private static final int HEADER_BYTES = 105;
  private static final int HEADER_PREFIX = 2;
  private static final int FOREST_ROOT_AT = 41;
  private static final int HEAD_BYTES = 72;

  /** No honest path is longer: sizes have at most 53 bits. */
  private static final int MAX_LOG_PATH = 64;

  private Bundles() {}

  /** A space's newest version in a checkpoint. */
  private record Head(long version, Hash stateRoot, Hash logRoot) {
    Hash payloadHash() {
      return Hash.sha256(
          ByteBuffer.allocate(HEAD_BYTES)
              .putLong(version)
              .put(stateRoot.bytes())
              .put(logRoot.bytes())
              .array());
    }
  }

  private record Inclusion(String record, List<Hash> path, long size) {}

  /** What shows that a record's author signed its request; all of it is checked last. */
  private record AuthorProof(
      Head head,
      KeyProof proof,
      Optional<Inclusion> update,
      FactProof grid,
      FactProof key,
      String request,
      String signature) {
    static AuthorProof read(Shape author) {
      author.only("head", "proof", "grid", "key", "request", "signature", "update");
      return new AuthorProof(
          Read.readHead(author.member("head")),
          readKeyProof(author.member("proof")),
          author.optional("update").map(Read::readInclusion),
          FactProof.read(author.member("grid")),
          FactProof.read(author.member("key")),
          author.member("request").string(),
          author.member("signature").string());
    }

    /**
     * Checks that the author of a record, which stands in the log of that space, signed what it
     * says.
     */
    void check(Hash forestRoot, String space, Shape record) throws Fails {
      checkHead(proof, forestRoot, AUTHORS, head);
      Shape signed = record.member("signed");
      String value = signed.member("value").string();
      need(value.equals(signature), "the signature is another than the record's");
      long version = signed.member("authors").integer(1, head.version());
      need(
          update.isEmpty() == (version == head.version()),
          "the authors' keys take their update exactly at an earlier version");
      Hash root = head.stateRoot();
      if (update.isPresent()) {
        root = checkRecord(update.get(), head, AUTHORS, version).root();
      }
      Optional<Json> named = grid.show(root, "/grid").value();
      need(named.filter(Json.Str.class::isInstance).isPresent(), "the id of the grid is not shown");
      String author = record.member("author").string();
      Client.checkName("an author", author);
      String of = signed.member("key").string();
      need(
          key.show(root, "/keys/" + author + "/" + of).value().equals(Optional.of(KEY_KIND)),
          "the key is not shown to be the author's at version " + version);
      Shape asked = Shape.of(Json.parseCanonical(request));
      need(
          StateRoot.keyOf(request).equals(record.member("request").hash()),
          "the request is another than the record's");
      need(
          AuthorSignature.holds(of, value, named.get().text(), space, request),
          "the key did not sign this request for this space of this grid");
      new SignedRequest(asked).check(record);
    }
  }

  /** Thrown and caught in this class only. */
  private static final class DoesNotHold extends Exception {
    private static final long serialVersionUID = 1;

    private final Verdict.Check check;

    DoesNotHold(Verdict.Check check, String why) {
      super(why, null, false, false);
      this.check = check;
    }
  }

  /** A check that fails by itself. */
  private interface Step<T> {
    T take() throws Fails;
  }

  /** Checks a bundle, as {@link #verify(String, Hash)} does, from its UTF-8. */
  public static Verdict verify(byte[] bundle, Hash checkpoint) {
    if (bundle.length > MAX_BYTES) {
      return new Verdict.Unreadable("over " + MAX_BYTES + " bytes");
    }
    try {
      return verify(JsonText.decode(bundle), checkpoint);
    } catch (JsonException e) {
      return new Verdict.Unreadable(e.getMessage());
    }
  }

  /** Checks a bundle against the hash of a checkpoint that the caller trusts. */
  public static Verdict verify(String bundle, Hash checkpoint) {
    if (bundle.length() > MAX_BYTES) {
      return new Verdict.Unreadable("over " + MAX_BYTES + " bytes");
    }
    try {
      return new Verdict.Holds(new Read(Shape.of(Json.parseCanonical(bundle))).check(checkpoint));
    } catch (JsonException e) {
      return new Verdict.Unreadable(e.getMessage());
    } catch (DoesNotHold e) {
      return new Verdict.Fails(e.check, e.getMessage());
    }
  }

  /**
   * The number of the checkpoint that a bundle names in its header, to ask where one trusts for the
   * hash of that number.
   *
   * @throws JsonException when it is no bundle
   */
  public static long checkpointNumber(String bundle) {
    Shape header = Shape.of(Json.parseCanonical(bundle)).member("checkpoint").member("header");
    return numberIn(readHeader(header));
  }

  private static long numberIn(byte[] header) {
    return ByteBuffer.wrap(header).getLong(1);
  }

  private static byte[] readHeader(Shape shape) {
    byte[] header = shape.bytes(HEADER_BYTES);
    if (header[0] != HEADER_PREFIX) {
      throw shape.refusal("a header begins with 0x02");
    }
    if (numberIn(header) < 1) {
      throw shape.refusal("no checkpoint number: " + Long.toUnsignedString(numberIn(header)));
    }
    return header;
  }

  /**
   * One bundle. Reading checks the shape alone: each member has the right type, and there is no
   * other member. Checking goes from what is trusted inward, so nothing is interpreted before its
   * hash was checked.
   */
  private static final class Read {
    private final String kind;
    private final String space;
    private final long version;
    private final byte[] header;
    private final Head head;
    private final KeyProof headProof;
    private final Optional<Inclusion> update;

    // Only a bundle of an update has it.
    private Optional<AuthorProof> author = Optional.empty();

    // Of a fact alone.
    private String path = "";
    private boolean isPresent;
    private Optional<Json> claimed = Optional.empty();
    private FactProof fact;

    // Of a consistency alone.
    private long fromSize;
    private Hash fromRoot;
    private List<Hash> fromPath = List.of();

    Read(Shape bundle) {
      String format = bundle.member("format").oneOf(FIRST_FORMAT, SECOND_FORMAT);
      kind = bundle.member("kind").oneOf("fact", "update", "consistency");
      bundle.optional("hints").ifPresent(Shape::object);
      Shape claim = bundle.member("claim");
      space = claim.member("space").space();
      version = claim.member("version").integer(1);
      Shape checkpoint = bundle.member("checkpoint").only("header", "head", "proof");
      header = readHeader(checkpoint.member("header"));
      head = readHead(checkpoint.member("head"));
      headProof = readKeyProof(checkpoint.member("proof"));
      switch (kind) {
        case "fact" -> {
          bundle.only("format", "kind", "claim", "checkpoint", "hints", "fact", "update");
          update = bundle.optional("update").map(Read::readInclusion);
          readFactClaim(claim);
          fact = FactProof.read(bundle.member("fact"));
        }
        case "update" -> {
          bundle.only("format", "kind", "claim", "checkpoint", "hints", "update", "author");
          author = bundle.optional("author").map(AuthorProof::read);
          if (author.isPresent() && !format.equals(SECOND_FORMAT)) {
            throw bundle.member("author").refusal("is no member of " + FIRST_FORMAT);
          }
          claim.only("space", "version");
          update = Optional.of(readInclusion(bundle.member("update")));
        }
        default -> {
          bundle.only("format", "kind", "claim", "checkpoint", "hints", "consistency");
          claim.only("space", "version");
          update = Optional.empty();
          readConsistency(bundle.member("consistency"));
        }
      }
    }

    private void readFactClaim(Shape claim) {
      path = claim.member("path").path(false);
      isPresent = claim.member("verdict").oneOf("present", "absent").equals("present");
      if (isPresent) {
        claim.only("space", "version", "path", "verdict", "value");
      } else {
        claim.only("space", "version", "path", "verdict");
      }
      claimed = claim.optional("value").map(Shape::value);
    }

    private void readConsistency(Shape consistency) {
      consistency.only("from", "path");
      Shape from = consistency.member("from").only("size", "root");
      fromSize = from.member("size").integer(1);
      fromRoot = from.member("root").hash();
      fromPath = readPath(consistency.member("path"));
    }

    private static Inclusion readInclusion(Shape update) {
      update.only("record", "path", "size");
      return new Inclusion(
          update.member("record").string(),
          readPath(update.member("path")),
          update.member("size").integer(1));
    }

    private static List<Hash> readPath(Shape path) {
      List<Shape> items = path.items();
      if (items.size() > MAX_LOG_PATH) {
        throw path.refusal("holds more than " + MAX_LOG_PATH + " hashes");
      }
      return items.stream().map(Shape::hash).toList();
    }

    private static Head readHead(Shape head) {
      head.only("version", "state_root", "log_root");
      return new Head(
          head.member("version").integer(1),
          head.member("state_root").hash(),
          head.member("log_root").hash());
    }

    Verdict.Claim check(Hash trusted) throws DoesNotHold {
      demand(
          Verdict.Check.CHECKPOINT,
          Hash.sha256(header).equals(trusted),
          "the header is not that of the checkpoint given");
      pass(
          Verdict.Check.HEAD,
          () -> {
            Bundles.checkHead(headProof, Hash.at(header, FOREST_ROOT_AT), space, head);
            return head;
          });
      demand(
          Verdict.Check.VERSION,
          version <= head.version(),
          "the checkpoint holds version " + head.version() + " only");
      switch (kind) {
        case "fact" -> {
          checkFact();
          return new Verdict.Claim.Fact(space, version, path, isPresent, claimed);
        }
        case "update" -> {
          Update record = checkRecord();
          if (author.isPresent()) {
            pass(Verdict.Check.AUTHOR, () -> checkAuthor(record));
          }
          return new Verdict.Claim.Recorded(space, version, record, author.isPresent());
        }
        default -> {
          checkConsistency();
          return new Verdict.Claim.Extends(space, version, fromSize, fromRoot);
        }
      }
    }

    private void checkFact() throws DoesNotHold {
      Hash root = stateRoot();
      FactProof.Shown shown = pass(Verdict.Check.FACT, () -> fact.show(root, path));
      String what =
          shown.isAbsent()
              ? "nothing stands there"
              : shown.value().isPresent() ? "a value stands there" : "an object stands there";
      demand(Verdict.Check.CLAIM, shown.isAbsent() == !isPresent, what);
      demand(
          Verdict.Check.CLAIM,
          shown.value().isPresent() == claimed.isPresent(),
          what + ", and the claim says otherwise");
      demand(Verdict.Check.CLAIM, shown.value().equals(claimed), "another value stands there");
    }

    /** The state root of the claimed version: the head's own, or that of a record before it. */
    private Hash stateRoot() throws DoesNotHold {
      if (version == head.version()) {
        demand(
            Verdict.Check.VERSION,
            update.isEmpty(),
            "a fact at the head's version takes no update");
        return head.stateRoot();
      }
      demand(
          Verdict.Check.VERSION,
          update.isPresent(),
          "a fact at an earlier version takes its update");
      return checkRecord().root();
    }

    private Update checkRecord() throws DoesNotHold {
      return pass(
          Verdict.Check.UPDATE, () -> Bundles.checkRecord(update.get(), head, space, version));
    }

    private Update checkAuthor(Update record) throws Fails {
      try {
        author.get().check(Hash.at(header, FOREST_ROOT_AT), space, Shape.of(record.json()));
        return record;
      } catch (IllegalArgumentException e) {
        throw new Fails(e.getMessage());
      }
    }

    private void checkConsistency() throws DoesNotHold {
      demand(
          Verdict.Check.VERSION,
          version == head.version(),
          "a consistency claim is about the head's version");
      pass(
          Verdict.Check.CONSISTENCY,
          () -> {
            LogTree.checkConsistent(fromSize, fromRoot, version, head.logRoot(), fromPath);
            return version;
          });
    }

    private static void demand(Verdict.Check check, boolean holds, String why) throws DoesNotHold {
      if (!holds) {
        throw new DoesNotHold(check, why);
      }
    }

    private static <T> T pass(Verdict.Check check, Step<T> step) throws DoesNotHold {
      try {
        return step.take();
      } catch (Fails e) {
        throw new DoesNotHold(check, e.getMessage());
      }
    }
  }

  private static void need(boolean holds, String why) throws Fails {
    if (!holds) {
      throw new Fails(why);
    }
  }

  /** Checks that a head stands in the forest of a checkpoint under the name of its space. */
  private static void checkHead(KeyProof proof, Hash forestRoot, String space, Head head)
      throws Fails {
    Optional<Hash> shown = proof.show(forestRoot, StateRoot.keyOf(space));
    need(shown.isPresent(), space + " is not in the checkpoint");
    need(
        shown.equals(Optional.of(head.payloadHash())),
        space + " has another head in the checkpoint");
  }

  /** The record, once it is shown to be that of a version in the log of a space's head. */
  private static Update checkRecord(Inclusion inclusion, Head head, String space, long version)
      throws Fails {
    need(inclusion.size() == head.version(), "the size of the log is not the head's version");
    Update record;
    try {
      record = Update.of(Json.parseCanonical(inclusion.record()));
    } catch (JsonException e) {
      throw new Fails(e.getMessage());
    }
    LogTree.checkIncluded(
        record.leafHash(), version - 1, inclusion.size(), inclusion.path(), head.logRoot());
    need(record.space().equals(space), "the record is of space " + record.space());
    need(record.version() == version, "the record is of version " + record.version());
    need(
        version != head.version() || record.root().equals(head.stateRoot()),
        "the record's root is not the head's");
    return record;
  }

  /** Reads {@code {"steps":[[bit,"0x…"],…],"leaf":["0x key","0x payload hash"]}}. */
  static KeyProof readKeyProof(Shape proof) {
    proof.only("steps", "leaf");
    Shape steps = proof.member("steps");
    if (steps.items().size() > KeyProof.KEY_BITS) {
      throw steps.refusal("holds more steps than a key has bits");
    }
    List<KeyProof.Step> read = new ArrayList<>();
    for (Shape step : steps.items()) {
      List<Shape> pair = pair(step);
      read.add(
          new KeyProof.Step(
              (int) pair.get(0).integer(0, KeyProof.KEY_BITS - 1), pair.get(1).hash()));
    }
    Shape leaf = proof.member("leaf");
    if (leaf.value().isNull()) {
      return new KeyProof(read, null);
    }
    List<Shape> pair = pair(leaf);
    return new KeyProof(read, new KeyProof.Leaf(pair.get(0).hash(), pair.get(1).hash()));
  }

  private static List<Shape> pair(Shape shape) {
    List<Shape> items = shape.items();
    if (items.size() != 2) {
      throw shape.refusal("is no pair");
    }
    return items;
  }
}
