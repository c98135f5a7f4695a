package io.mnemogrid.checkpoint;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The verifier written again, the slow and obvious way, from FORMATS alone: another JSON parser,
 * plain arrays, trees walked from the root down instead of folded upwards. It shares with the fast
 * one only the canonical spelling of JSON.
 */
final class SlowBundleCheck {
  private static final ObjectMapper JACKSON = new ObjectMapper();

  private final Json text;

  private SlowBundleCheck(Json text) {
    this.text = text;
  }

  private String claimedValue() {
    Json.Obj claim =
        (Json.Obj) ((Json.Obj) text).members().getOrDefault("claim", Json.EMPTY_OBJECT);
    return claim.members().getOrDefault("value", Json.NULL).canonical();
  }

  static boolean holds(String text, String trusted) {
    try {
      return new SlowBundleCheck(Json.parseCanonical(text)).check(JACKSON.readTree(text), trusted);
    } catch (IllegalArgumentException e) {
      return false; // no JSON, or a value of another shape
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void need(boolean condition) {
    if (!condition) {
      throw new IllegalArgumentException();
    }
  }

  static JsonNode get(JsonNode object, String name) {
    JsonNode member = object.get(name);
    need(member != null);
    return member;
  }

  static void exactly(JsonNode object, String... names) {
    need(object.isObject());
    TreeSet<String> wanted = new TreeSet<>(Arrays.asList(names));
    TreeSet<String> found = new TreeSet<>();
    object.fieldNames().forEachRemaining(found::add);
    need(found.equals(wanted));
  }

  static String text(JsonNode node) {
    need(node.isTextual());
    return node.textValue();
  }

  static long number(JsonNode node) {
    need(node.isNumber() && node.doubleValue() == Math.floor(node.doubleValue()));
    need(node.doubleValue() >= 1 && node.doubleValue() < 9007199254740992.0);
    return (long) node.doubleValue();
  }

  static byte[] hex(JsonNode node, int length) {
    need(text(node).matches("0x([0-9a-f]{2}){" + length + "}"));
    return HexFormat.of().parseHex(text(node).substring(2));
  }

  static byte[] sha(byte[]... parts) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-256");
      for (byte[] part : parts) {
        digest.update(part);
      }
      return digest.digest();
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private static byte[] one(int value) {
    return new byte[] {(byte) value};
  }

  static byte[] utf8(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }

  static byte[] eight(long value) {
    byte[] bytes = new byte[8];
    for (int i = 0; i < 8; i++) {
      bytes[i] = (byte) (value >> 56 - 8 * i);
    }
    return bytes;
  }

  private boolean check(JsonNode bundle, String trusted) {
    need(bundle.isObject() && text(get(bundle, "format")).matches("mnemogrid-bundle-[12]"));
    String kind = text(get(bundle, "kind"));
    List<String> names = new ArrayList<>(List.of("format", "kind", "claim", "checkpoint"));
    if (bundle.has("hints")) {
      need(bundle.get("hints").isObject());
      names.add("hints");
    }
    names.add(kind);
    JsonNode claim = get(bundle, "claim");
    JsonNode checkpoint = get(bundle, "checkpoint");
    exactly(checkpoint, "header", "head", "proof");
    JsonNode head = checkpoint.get("head");
    exactly(head, "version", "state_root", "log_root");
    long size = number(head.get("version"));
    byte[] stateRoot = hex(head.get("state_root"), 32);
    byte[] logRoot = hex(head.get("log_root"), 32);
    String space = text(get(claim, "space"));
    need(space.matches("[a-z0-9][a-z0-9._-]{0,63}"));
    long version = number(get(claim, "version"));

    byte[] header = hex(checkpoint.get("header"), 105);
    need(header[0] == 2 && header[1] >= 0);
    need(!Arrays.equals(Arrays.copyOfRange(header, 1, 9), new byte[8]));
    need(("0x" + HexFormat.of().formatHex(sha(header))).equals(trusted));
    byte[] forest = Arrays.copyOfRange(header, 41, 73);
    byte[] payload = sha(eight(size), stateRoot, logRoot);
    need(Arrays.equals(look(checkpoint.get("proof"), forest, sha(utf8(space))), payload));

    switch (kind) {
      case "update" -> {
        exactly(claim, "space", "version");
        if (bundle.has("author")) {
          need(bundle.get("format").textValue().equals("mnemogrid-bundle-2"));
          names.add("author");
        }
        exactly(bundle, names.toArray(String[]::new));
        need(record(bundle.get("update"), space, version, size, logRoot) != null);
        if (bundle.has("author")) {
          SlowAuthorCheck.check(
              bundle.get("author"), bundle.get("update").get("record"), space, forest);
        }
      }
      case "consistency" -> {
        exactly(claim, "space", "version");
        exactly(bundle, names.toArray(String[]::new));
        JsonNode growth = bundle.get("consistency");
        exactly(growth, "from", "path");
        exactly(growth.get("from"), "size", "root");
        long from = number(growth.get("from").get("size"));
        need(version == size && from <= size);
        List<byte[]> path = hashes(growth.get("path"), 64);
        byte[] fromRoot = hex(growth.get("from").get("root"), 32);
        need(grown(from, size, fromRoot, logRoot, path));
      }
      case "fact" -> {
        need(version <= size);
        byte[] root = stateRoot;
        if (version < size) {
          names.add("update");
          exactly(bundle, names.toArray(String[]::new));
          root = record(bundle.get("update"), space, version, size, logRoot);
        }
        exactly(bundle, names.toArray(String[]::new));
        fact(bundle.get("fact"), claim, root);
      }
      default -> need(false);
    }
    return true;
  }

  private static List<byte[]> hashes(JsonNode list, int most) {
    need(list.isArray() && list.size() <= most);
    List<byte[]> hashes = new ArrayList<>();
    list.forEach(item -> hashes.add(hex(item, 32)));
    return hashes;
  }

  /** The state root that a record names, after its way to the log root was walked. */
  static byte[] record(JsonNode update, String space, long version, long size, byte[] logRoot) {
    exactly(update, "record", "path", "size");
    need(number(update.get("size")) == size && version <= size);
    String text = text(update.get("record"));
    Json.parseCanonical(text);
    JsonNode record;
    try {
      record = JACKSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    need(record.isObject() && text(get(record, "space")).equals(space));
    need(number(get(record, "version")) == version);
    List<byte[]> path = hashes(update.get("path"), 64);
    byte[] root = subtree(version - 1, size, sha(one(0), utf8(text)), path);
    need(path.isEmpty() && Arrays.equals(root, logRoot));
    return hex(get(record, "root"), 32);
  }

  /** RFC 6962 §2.1.1 as it is written: PATH(m, D[n]), taking siblings from the end. */
  private static byte[] subtree(long index, long size, byte[] leaf, List<byte[]> path) {
    if (size == 1) {
      return leaf;
    }
    need(!path.isEmpty());
    byte[] sibling = path.removeLast();
    long split = Long.highestOneBit(size - 1);
    return index < split
        ? sha(one(1), subtree(index, split, leaf, path), sibling)
        : sha(one(1), sibling, subtree(index - split, size - split, leaf, path));
  }

  /** RFC 6962 §2.1.2: SUBPROOF(m, D[n], b) undone, both roots together. */
  private static boolean grown(
      long from, long to, byte[] fromRoot, byte[] toRoot, List<byte[]> path) {
    byte[][] roots = both(from, to, true, fromRoot, path);
    return path.isEmpty() && Arrays.equals(roots[0], fromRoot) && Arrays.equals(roots[1], toRoot);
  }

  private static byte[][] both(
      long from, long to, boolean whole, byte[] fromRoot, List<byte[]> path) {
    if (from == to) {
      if (whole) {
        return new byte[][] {fromRoot, fromRoot};
      }
      need(!path.isEmpty());
      byte[] root = path.removeLast();
      return new byte[][] {root, root};
    }
    long split = Long.highestOneBit(to - 1);
    need(!path.isEmpty());
    byte[] other = path.removeLast();
    if (from <= split) {
      byte[][] left = both(from, split, whole, fromRoot, path);
      return new byte[][] {left[0], sha(one(1), left[1], other)};
    }
    byte[][] right = both(from - split, to - split, false, fromRoot, path);
    return new byte[][] {sha(one(1), other, right[0]), sha(one(1), other, right[1])};
  }

  /** The payload hash at a key, or null when the trie has none; refuses a proof that shows none. */
  static byte @Nullable [] look(JsonNode proof, byte[] root, byte[] key) {
    exactly(proof, "steps", "leaf");
    JsonNode steps = proof.get("steps");
    need(steps.isArray() && steps.size() <= 256);
    JsonNode leaf = proof.get("leaf");
    if (leaf.isNull()) {
      need(steps.isEmpty() && Arrays.equals(root, sha()));
      return null;
    }
    List<byte[]> pair = hashes(leaf, 2);
    need(pair.size() == 2);
    int before = -1;
    for (JsonNode step : steps) {
      need(step.isArray() && step.size() == 2 && step.get(0).isNumber());
      double bit = step.get(0).doubleValue();
      need(bit == Math.floor(bit) && bit > before && bit <= 255);
      before = (int) bit;
      need(bit(pair.get(0), before) == bit(key, before));
      hex(step.get(1), 32);
    }
    need(Arrays.equals(node(steps, 0, key, pair), root));
    return Arrays.equals(pair.get(0), key) ? pair.get(1) : null;
  }

  private static byte[] node(JsonNode steps, int at, byte[] key, List<byte[]> leaf) {
    if (at == steps.size()) {
      return sha(one(0), leaf.get(0), leaf.get(1));
    }
    int bit = (int) steps.get(at).get(0).doubleValue();
    byte[] sibling = hex(steps.get(at).get(1), 32);
    byte[] down = node(steps, at + 1, key, leaf);
    return bit(key, bit) == 0
        ? sha(one(1), one(bit), down, sibling)
        : sha(one(1), one(bit), sibling, down);
  }

  private static int bit(byte[] key, int index) {
    return key[index / 8] >> 7 - index % 8 & 1;
  }

  private void fact(JsonNode fact, JsonNode claim, byte[] root) {
    String path = text(get(claim, "path"));
    String verdict = text(get(claim, "verdict"));
    List<String> claimed = new ArrayList<>(List.of("space", "version", "path", "verdict"));
    if (claim.has("value")) {
      claimed.add("value");
    }
    exactly(claim, claimed.toArray(String[]::new));
    need(verdict.equals("present") || verdict.equals("absent") && !claim.has("value"));
    List<String> segments = segments(path);
    need(!segments.isEmpty());

    String form = text(get(fact, "case"));
    JsonNode proofs = get(fact, "proofs");
    need(proofs.isArray());
    Json shown = null; // a value; null for an object or for nothing
    boolean present;
    switch (form) {
      case "present" -> {
        exactly(fact, "case", "proofs", "payload");
        need(proofs.size() == 1);
        String payload = text(fact.get("payload"));
        stands(proofs.get(0), root, path, payload);
        present = true;
        shown = payload.equals("\u0003") ? null : leaf(payload);
      }
      case "below-object" -> {
        exactly(fact, "case", "proofs", "ancestor");
        String ancestor = text(fact.get("ancestor"));
        List<String> above = segments(ancestor);
        need(path.startsWith(ancestor + "/"));
        need(proofs.size() == (above.isEmpty() ? 1 : 2));
        if (!above.isEmpty()) {
          stands(proofs.get(0), root, ancestor, "\u0003");
        }
        int end = path.indexOf('/', ancestor.length() + 1);
        String next = end < 0 ? path : path.substring(0, end);
        need(look(proofs.get(proofs.size() - 1), root, sha(utf8(next))) == null);
        present = false;
      }
      case "below-value", "in-array" -> {
        exactly(fact, "case", "proofs", "ancestor", "payload");
        String ancestor = text(fact.get("ancestor"));
        String payload = text(fact.get("payload"));
        need(!segments(ancestor).isEmpty() && path.startsWith(ancestor + "/"));
        need(proofs.size() == 1);
        stands(proofs.get(0), root, ancestor, payload);
        Json value = leaf(payload);
        need(value instanceof Json.Arr == form.equals("in-array"));
        Json at = value;
        for (String segment : segments.subList(segments(ancestor).size(), segments.size())) {
          at = form.equals("in-array") ? member(at, segment) : null;
        }
        shown = at;
        present = at != null;
      }
      default -> throw new IllegalArgumentException();
    }
    need(present == verdict.equals("present"));
    need((shown != null) == claim.has("value"));
    if (shown != null) {
      need(claimedValue().equals(shown.canonical()));
    }
  }

  static void stands(JsonNode proof, byte[] root, String path, String payload) {
    need(Arrays.equals(look(proof, root, sha(utf8(path))), sha(utf8(payload))));
  }

  private static Json leaf(String payload) {
    Json value = Json.parseCanonical(payload);
    need(!(value instanceof Json.Obj object) || object.isEmpty());
    return value;
  }

  private static @Nullable Json member(@Nullable Json at, String segment) {
    if (at instanceof Json.Obj object) {
      return object.get(segment);
    }
    if (at instanceof Json.Arr array && segment.matches("0|[1-9][0-9]{0,8}")) {
      int index = Integer.parseInt(segment);
      return index < array.items().size() ? array.items().get(index) : null;
    }
    return null;
  }

  static List<String> segments(String pointer) {
    need(pointer.matches("(?s)(/([^~/]|~[01])*)*"));
    need(utf8(pointer).length <= 1024);
    List<String> segments = new ArrayList<>();
    if (!pointer.isEmpty()) {
      for (String segment : pointer.substring(1).split("/", -1)) {
        segments.add(segment.replace("~1", "/").replace("~0", "~"));
      }
    }
    need(segments.size() <= 32);
    return segments;
  }
}
