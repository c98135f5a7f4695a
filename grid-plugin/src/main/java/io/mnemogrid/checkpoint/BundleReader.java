package io.mnemogrid.checkpoint;

import io.mnemogrid.checkpoint.Bundle.Inclusion;
import io.mnemogrid.checkpoint.Bundle.Place;
import io.mnemogrid.checkpoint.Bundle.Subject;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.proof.KeyProof;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A place of a bundle that is being read, with the rules for its shape: every object has exactly
 * the members that it needs, and every list and number has a limit. What breaks a rule is refused
 * with its JSON Pointer.
 */
record BundleReader(Json value, String at) {
  /** A greater number is refused: not every JSON reader holds it exactly. */
  private static final long MAX_NUMBER = (1L << 53) - 1;

  private static final int MAX_STEPS = 256;
  private static final int MAX_LOG_PATH = 64;
  private static final int MAX_KEY_PROOFS = 2;

  static Bundle read(String text) {
    if (text.length() > Bundle.MAX_BYTES) {
      throw new JsonException("", "a bundle has at most " + Bundle.MAX_BYTES + " bytes");
    }
    return new BundleReader(Json.parseCanonical(text), "").bundle();
  }

  private Bundle bundle() {
    BundleReader format = member("format");
    boolean isSecond = format.string().equals(Bundle.SECOND_FORMAT);
    if (!isSecond && !format.string().equals(Bundle.FORMAT)) {
      throw format.refused("is " + Bundle.FORMAT + " or " + Bundle.SECOND_FORMAT);
    }
    BundleReader kind = member("kind");
    Set<String> needed =
        switch (kind.string()) {
          case "fact" -> Set.of("format", "kind", "claim", "fact", "checkpoint");
          case "update" -> Set.of("format", "kind", "claim", "update", "checkpoint");
          case "consistency" -> Set.of("format", "kind", "claim", "consistency", "checkpoint");
          default -> throw kind.refused("is fact, update or consistency");
        };
    Set<String> optional =
        switch (kind.string()) {
          case "fact" -> Set.of("hints", "update");
          case "update" -> isSecond ? Set.of("hints", "author") : Set.of("hints");
          default -> Set.of("hints");
        };
    members(needed, optional);
    Subject subject =
        switch (kind.string()) {
          case "fact" -> fact();
          case "update" -> update();
          default -> consistency();
        };
    BundleReader hints = find("hints");
    return new Bundle(
        subject,
        member("checkpoint").place(subject.space()),
        hints == null ? null : hints.object());
  }

  private Bundle.Fact fact() {
    BundleReader claim = member("claim");
    claim.members(Set.of("space", "version", "path", "verdict"), Set.of("value"));
    BundleReader update = find("update");
    return new Bundle.Fact(
        claim.member("space").as(SpaceName::of),
        claim.member("version").number(),
        claim.member("path").as(BundleReader::path),
        claim.claimed(),
        member("fact").factProof(),
        update == null ? null : update.inclusion());
  }

  private static Pointer path(String text) {
    Pointer path = Pointer.parse(text);
    if (path.equals(Pointer.ROOT)) {
      throw new IllegalArgumentException("is a place below the root");
    }
    return path;
  }

  private FactProof.Verdict claimed() {
    BundleReader verdict = member("verdict");
    BundleReader value = find("value");
    return switch (verdict.string()) {
      // A non-empty object is claimed without its members, which the proof does not show.
      case "present" ->
          value == null
              ? new FactProof.Verdict.AnObject()
              : new FactProof.Verdict.Present(value.value);
      case "absent" -> {
        if (value != null) {
          throw value.refused("is not there where nothing stands");
        }
        yield new FactProof.Verdict.Absent();
      }
      default -> throw verdict.refused("is present or absent");
    };
  }

  private Bundle.Update update() {
    BundleReader claim = member("claim");
    claim.members(Set.of("space", "version"), Set.of());
    return new Bundle.Update(
        claim.member("space").as(SpaceName::of),
        claim.member("version").number(),
        member("update").inclusion(),
        find("author") == null ? null : member("author").authorProof());
  }

  private Bundle.AuthorProof authorProof() {
    members(Set.of("head", "proof", "grid", "key", "request", "signature"), Set.of("update"));
    BundleReader update = find("update");
    return new Bundle.AuthorProof(
        member("head").head(SpaceName.AUTHORS),
        member("proof").keyProof(),
        update == null ? null : update.inclusion(),
        member("grid").factProof(),
        member("key").factProof(),
        member("request").string(),
        member("signature").string());
  }

  private Bundle.Consistency consistency() {
    BundleReader claim = member("claim");
    claim.members(Set.of("space", "version"), Set.of());
    BundleReader proof = member("consistency");
    proof.members(Set.of("from", "path"), Set.of());
    BundleReader from = proof.member("from");
    from.members(Set.of("size", "root"), Set.of());
    return new Bundle.Consistency(
        claim.member("space").as(SpaceName::of),
        claim.member("version").number(),
        from.member("size").number(),
        from.member("root").hash(),
        proof.member("path").list(MAX_LOG_PATH, BundleReader::hash));
  }

  private Inclusion inclusion() {
    members(Set.of("record", "path", "size"), Set.of());
    return new Inclusion(
        member("record").string(),
        member("path").list(MAX_LOG_PATH, BundleReader::hash),
        member("size").number());
  }

  private FactProof factProof() {
    FactProof.Form form = member("case").as(FactProof.Form::parse);
    members(
        switch (form) {
          case PRESENT -> Set.of("case", "proofs", "payload");
          case BELOW_OBJECT -> Set.of("case", "proofs", "ancestor");
          case BELOW_VALUE, IN_ARRAY -> Set.of("case", "proofs", "ancestor", "payload");
        },
        Set.of());
    BundleReader ancestor = find("ancestor");
    BundleReader payload = find("payload");
    return new FactProof(
        form,
        ancestor == null ? null : ancestor.as(Pointer::parse),
        payload == null ? null : payload.string(),
        member("proofs").list(MAX_KEY_PROOFS, BundleReader::keyProof));
  }

  private KeyProof keyProof() {
    members(Set.of("steps", "leaf"), Set.of());
    BundleReader leaf = member("leaf");
    KeyProof.LeafNode node = null;
    if (!leaf.value.equals(Json.NULL)) {
      List<Hash> pair = leaf.list(2, BundleReader::hash);
      if (pair.size() != 2) {
        throw leaf.refused("is null, or key and payload hash");
      }
      node = new KeyProof.LeafNode(pair.getFirst(), pair.getLast());
    }
    return new KeyProof(member("steps").list(MAX_STEPS, BundleReader::step), node);
  }

  private Trie.Step step() {
    if (!(value instanceof Json.Arr pair) || pair.items().size() != 2) {
      throw refused("is a bit and a hash");
    }
    BundleReader bit = new BundleReader(pair.items().getFirst(), at + "/0");
    if (!(bit.value instanceof Json.Num number)
        || number.value() != Math.rint(number.value())
        || number.value() < 0
        || number.value() > 255) {
      throw bit.refused("is a bit, 0 to 255");
    }
    return new Trie.Step(
        (int) number.value(), new BundleReader(pair.items().getLast(), at + "/1").hash());
  }

  private Place place(SpaceName space) {
    members(Set.of("header", "head", "proof"), Set.of());
    return new Place(
        member("header").as(BundleReader::header),
        member("head").head(space),
        member("proof").keyProof());
  }

  private Head head(SpaceName space) {
    members(Set.of("version", "state_root", "log_root"), Set.of());
    return new Head(
        space, member("version").number(), member("state_root").hash(), member("log_root").hash());
  }

  private static Header header(String hex) {
    if (hex.length() != 2 + 2 * Header.BYTES || !hex.startsWith("0x")) {
      throw new IllegalArgumentException("is 0x and 210 hex digits");
    }
    for (int i = 2; i < hex.length(); i++) {
      char digit = hex.charAt(i);
      if (!(digit >= '0' && digit <= '9' || digit >= 'a' && digit <= 'f')) {
        throw new IllegalArgumentException("is lower-case hex");
      }
    }
    return Header.parse(HexFormat.of().parseHex(hex, 2, hex.length()));
  }

  private Hash hash() {
    return as(Hash::parse);
  }

  /** Refuses an object that lacks a needed member or has one that is neither. */
  private void members(Set<String> needed, Set<String> optional) {
    for (String name : needed) {
      member(name);
    }
    for (String name : object().members().keySet()) {
      if (!needed.contains(name) && !optional.contains(name)) {
        throw new JsonException(below(name), "is no member that is needed here");
      }
    }
  }

  private Json.Obj object() {
    if (value instanceof Json.Obj object) {
      return object;
    }
    throw refused("is an object");
  }

  private @Nullable BundleReader find(String name) {
    Json member = object().get(name);
    return member == null ? null : new BundleReader(member, below(name));
  }

  private BundleReader member(String name) {
    BundleReader member = find(name);
    if (member == null) {
      throw new JsonException(below(name), "is missing");
    }
    return member;
  }

  private String below(String name) {
    return at + "/" + name.replace("~", "~0").replace("/", "~1");
  }

  private String string() {
    if (value instanceof Json.Str text) {
      return text.value();
    }
    throw refused("is a string");
  }

  /** A version or size: a whole number from 1. */
  private long number() {
    if (value instanceof Json.Num number
        && number.value() == Math.rint(number.value())
        && number.value() >= 1
        && number.value() <= MAX_NUMBER) {
      return (long) number.value();
    }
    throw refused("is a whole number from 1 to 2^53 - 1");
  }

  private <T> T as(Function<String, T> reader) {
    String text = string();
    try {
      return reader.apply(text);
    } catch (IllegalArgumentException e) {
      throw refused(String.valueOf(e.getMessage()));
    }
  }

  private <T> List<T> list(int most, Function<BundleReader, T> reader) {
    if (!(value instanceof Json.Arr array)) {
      throw refused("is a list");
    }
    if (array.items().size() > most) {
      throw refused("has at most " + most + " items");
    }
    List<T> items = new ArrayList<>();
    for (Json item : array.items()) {
      items.add(reader.apply(new BundleReader(item, at + "/" + items.size())));
    }
    return items;
  }

  private JsonException refused(String wanted) {
    return new JsonException(at, wanted);
  }
}
