package io.mnemogrid.checkpoint;

import static io.mnemogrid.checkpoint.SlowBundleCheck.eight;
import static io.mnemogrid.checkpoint.SlowBundleCheck.exactly;
import static io.mnemogrid.checkpoint.SlowBundleCheck.get;
import static io.mnemogrid.checkpoint.SlowBundleCheck.hex;
import static io.mnemogrid.checkpoint.SlowBundleCheck.look;
import static io.mnemogrid.checkpoint.SlowBundleCheck.need;
import static io.mnemogrid.checkpoint.SlowBundleCheck.number;
import static io.mnemogrid.checkpoint.SlowBundleCheck.segments;
import static io.mnemogrid.checkpoint.SlowBundleCheck.sha;
import static io.mnemogrid.checkpoint.SlowBundleCheck.stands;
import static io.mnemogrid.checkpoint.SlowBundleCheck.text;
import static io.mnemogrid.checkpoint.SlowBundleCheck.utf8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.mnemogrid.state.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The author's part of a bundle, the slow and obvious way; Ed25519 is the platform's. */
final class SlowAuthorCheck {
  private static final ObjectMapper JACKSON = new ObjectMapper();

  private SlowAuthorCheck() {}

  private static JsonNode read(String text) {
    Json.parseCanonical(text);
    try {
      return JACKSON.readTree(text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void check(JsonNode author, JsonNode recordText, String space, byte[] forest) {
    List<String> names =
        new ArrayList<>(List.of("head", "proof", "grid", "key", "request", "signature"));
    if (author.has("update")) {
      names.add("update");
    }
    exactly(author, names.toArray(String[]::new));
    JsonNode head = author.get("head");
    exactly(head, "version", "state_root", "log_root");
    long size = number(head.get("version"));
    byte[] root = hex(head.get("state_root"), 32);
    byte[] logRoot = hex(head.get("log_root"), 32);
    byte[] payload = sha(eight(size), root, logRoot);
    need(Arrays.equals(look(author.get("proof"), forest, sha(utf8("mnemogrid.authors"))), payload));

    JsonNode record = read(text(recordText));
    JsonNode signed = get(record, "signed");
    long version = number(get(signed, "authors"));
    need(version <= size);
    need(author.has("update") == version < size);
    if (version < size) {
      root =
          SlowBundleCheck.record(author.get("update"), "mnemogrid.authors", version, size, logRoot);
    }
    JsonNode grid = author.get("grid");
    exactly(grid, "case", "proofs", "payload");
    need(text(grid.get("case")).equals("present") && grid.get("proofs").size() == 1);
    String gridText = text(grid.get("payload"));
    need(gridText.matches("\"[0-9a-f]{32}\""));
    stands(grid.get("proofs").get(0), root, "/grid", gridText);
    String name = text(get(record, "author"));
    need(name.matches("[A-Za-z0-9._:@-]{1,128}"));
    String key = text(get(signed, "key"));
    JsonNode stands = author.get("key");
    exactly(stands, "case", "proofs", "payload");
    need(text(stands.get("case")).equals("present") && stands.get("proofs").size() == 1);
    need(text(stands.get("payload")).equals("\"ed25519\""));
    stands(stands.get("proofs").get(0), root, "/keys/" + name + "/" + key, "\"ed25519\"");

    JsonNode request = read(text(author.get("request")));
    byte[] hash = sha(utf8(text(author.get("request"))));
    need(Arrays.equals(hash, hex(get(record, "request"), 32)));
    need(text(author.get("signature")).equals(text(get(signed, "value"))));
    byte[] id = HexFormat.of().parseHex(gridText.substring(1, 33));
    ByteArrayOutputStream message = new ByteArrayOutputStream();
    message.writeBytes(utf8("mnemogrid-delta-1"));
    message.write(0);
    message.writeBytes(id);
    message.writeBytes(sha(utf8(space)));
    message.writeBytes(hash);
    need(verifies(base64(key, 32), message.toByteArray(), base64(text(signed.get("value")), 64)));
    says(request, record);
  }

  private static byte[] base64(String text, int length) {
    byte[] bytes = Base64.getUrlDecoder().decode(text);
    need(bytes.length == length);
    need(Base64.getUrlEncoder().withoutPadding().encodeToString(bytes).equals(text));
    return bytes;
  }

  private static boolean verifies(byte[] key, byte[] message, byte[] signature) {
    try {
      byte[] x509 = Arrays.copyOf(HexFormat.of().parseHex("302a300506032b6570032100"), 44);
      System.arraycopy(key, 0, x509, 12, 32);
      Signature check = Signature.getInstance("Ed25519");
      check.initVerify(
          KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(x509)));
      check.update(message);
      return check.verify(signature);
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(e);
    }
  }

  /** One thing that a request asks for; no value for a delete. */
  private record Asked(List<String> path, @Nullable JsonNode value) {}

  private static void says(JsonNode request, JsonNode record) {
    for (String name : List.of("author", "base", "timestamp", "type", "update_id")) {
      need(get(request, name).equals(get(record, name)));
    }
    List<Asked> asked = new ArrayList<>();
    for (String list : List.of("added", "modified", "deleted")) {
      for (JsonNode change : list(get(request, "changes"), list)) {
        JsonNode value =
            switch (list) {
              case "added" -> change.get("value");
              case "modified" -> change.get("new_value");
              default -> null;
            };
        asked.add(new Asked(segments(text(get(change, "key"))), value));
      }
    }
    List<Asked> all = List.copyOf(asked);
    if (request.has("strict") && request.get("strict").asBoolean()) {
      need(!list(record, "superseded").iterator().hasNext());
      need(!list(record, "overrode").iterator().hasNext());
    }
    for (JsonNode lost : list(record, "superseded")) {
      List<String> path = segments(text(get(lost, "key")));
      need(
          asked.removeIf(
              one -> one.path.equals(path) && Objects.equals(one.value, lost.get("value"))));
    }
    for (JsonNode beaten : list(record, "overrode")) {
      List<String> path = segments(text(get(beaten, "key")));
      need(all.stream().anyMatch(one -> isPrefix(path, one.path) || isPrefix(one.path, path)));
    }
    JsonNode changes = get(record, "changes");
    List<List<String>> added = new ArrayList<>();
    list(changes, "added").forEach(change -> added.add(segments(text(get(change, "key")))));
    for (String list : List.of("added", "modified")) {
      for (JsonNode change : list(changes, list)) {
        List<String> path = segments(text(get(change, "key")));
        JsonNode value = get(change, list.equals("added") ? "value" : "new_value");
        boolean isAsked = asked.stream().anyMatch(one -> value.equals(within(one, path)));
        boolean isLeft =
            list.equals("added")
                && value.isObject()
                && value.isEmpty()
                && asked.stream()
                    .anyMatch(one ->
                        one.value == null
                            && one.path.size() == path.size() + 1
                            && isPrefix(path, one.path));
        need(isAsked || isLeft);
      }
    }
    for (JsonNode change : list(changes, "deleted")) {
      List<String> path = segments(text(get(change, "key")));
      need(asked.stream().anyMatch(one -> deletes(one, path, added)));
    }
  }

  private static boolean deletes(Asked one, List<String> leaf, List<List<String>> added) {
    if (isPrefix(one.path, leaf)) {
      JsonNode stays = within(one, leaf);
      return stays == null || stays.isObject() && !stays.isEmpty();
    }
    return one.value != null
        && isPrefix(leaf, one.path)
        && added.stream().anyMatch(path -> isPrefix(one.path, path));
  }

  private static Iterable<JsonNode> list(JsonNode object, String name) {
    JsonNode list = object.get(name);
    need(list == null || list.isArray());
    return list == null ? List.of() : list;
  }

  private static @Nullable JsonNode within(Asked one, List<String> path) {
    if (one.value == null || !isPrefix(one.path, path)) {
      return null;
    }
    JsonNode at = one.value;
    for (String name : path.subList(one.path.size(), path.size())) {
      at = at == null || !at.isObject() ? null : at.get(name);
    }
    return at;
  }

  private static boolean isPrefix(List<String> above, List<String> path) {
    return above.size() <= path.size() && above.equals(path.subList(0, above.size()));
  }
}
