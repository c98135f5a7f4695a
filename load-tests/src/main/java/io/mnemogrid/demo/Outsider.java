package io.mnemogrid.demo;

import io.mnemogrid.checkpoint.ContentAddress;
import io.mnemogrid.checkpoint.Head;
import io.mnemogrid.checkpoint.Header;
import io.mnemogrid.checkpoint.Manifest;
import io.mnemogrid.proof.LogTree;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SlowRoot;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.state.Trie;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Somebody who has one checkpoint hash and trusts nobody. It hashes everything again that the API
 * hands out, and all of it must lead to that hash. A wrong byte anywhere is a disagreement or an
 * exception.
 *
 * <p>It trusts no server, but it reads with this library: header, manifest, forest and log tree are
 * the library's, and only the document is hashed by the slow way ({@link SlowRoot}). The verifier
 * in TypeScript shares nothing with them.
 */
final class Outsider {
  private final Api api;

  Outsider(Api api) {
    this.api = api;
  }

  /**
   * Two hashes that must be equal: the one that the checkpoint commits to and the recomputed one.
   */
  record Agreement(Hash committed, Hash recomputed) {
    boolean holds() {
      return committed.equals(recomputed);
    }
  }

  /**
   * The result of a check.
   *
   * @param spaces how many spaces the forest has
   * @param records how many updates the log root was recomputed from
   */
  record Finding(
      Header header,
      Head head,
      int spaces,
      int records,
      Agreement forest,
      Agreement state,
      Agreement log) {}

  /** Follows a checkpoint hash down to one space's document and history. */
  Finding check(Hash checkpoint, SpaceName space) {
    Header header = header(checkpoint);
    Map<SpaceName, Head> heads = heads(header);
    Head head = heads.get(space);
    if (head == null) {
      throw new IllegalStateException("no manifest up to this checkpoint names " + space);
    }
    Trie<Head> forest = Trie.empty();
    for (Head each : heads.values()) {
      forest = forest.with(each);
    }
    List<Hash> leaves = leaves(head);
    return new Finding(
        header,
        head,
        heads.size(),
        leaves.size(),
        new Agreement(header.forestRoot(), forest.root()),
        new Agreement(head.stateRoot(), stateRoot(head)),
        new Agreement(head.logRoot(), LogTree.root(leaves)));
  }

  private Header header(Hash checkpoint) {
    return Header.parse(blob(checkpoint));
  }

  /**
   * The newest head of each space. A manifest lists the spaces that changed, so older manifests
   * complete it.
   */
  private Map<SpaceName, Head> heads(Header newest) {
    Map<SpaceName, Head> heads = new TreeMap<>();
    Header header = newest;
    while (true) {
      byte[] text = blob(header.manifestDigest());
      Manifest manifest = Manifest.parse(new String(text, StandardCharsets.UTF_8));
      manifest.spaces().forEach(entry -> heads.putIfAbsent(entry.head().space(), entry.head()));
      if (header.number() == 1 || header.number() % Manifest.FULL_EVERY == 0) {
        return heads;
      }
      header = header(header.previous());
    }
  }

  /** Bytes by their SHA-256, which is their content address. */
  private byte[] blob(Hash digest) {
    String address = new ContentAddress(digest).toString().substring("ipfs://".length());
    byte[] bytes = api.get("/v1/blobs/" + address).want(200).body();
    if (!Hash.sha256(bytes).equals(digest)) {
      throw new IllegalStateException("the blob " + address + " has another hash");
    }
    return bytes;
  }

  private Hash stateRoot(Head head) {
    byte[] document =
        api.get("/v1/spaces/" + head.space() + "/state?reserved=yes&at=" + head.version())
            .want(200)
            .body();
    if (Json.parse(document) instanceof Json.Obj object
        && Arrays.equals(object.canonicalBytes(), document)) {
      return SlowRoot.of(object);
    }
    throw new IllegalStateException("the state is no canonical JSON object");
  }

  private List<Hash> leaves(Head head) {
    List<Hash> leaves = new ArrayList<>();
    for (byte[] record : api.records(head.space().text())) {
      Fields fields = Fields.parse(new String(record, StandardCharsets.UTF_8));
      if (leaves.size() == head.version()) {
        break; // written after the checkpoint
      }
      Hash previous = leaves.isEmpty() ? Hash.ZERO : leaves.getLast();
      if (fields.whole("version") != leaves.size() + 1
          || !fields.text("previous").equals(previous.toString())) {
        throw new IllegalStateException(
            "version " + fields.whole("version") + " does not follow version " + leaves.size());
      }
      leaves.add(LogTree.leafHash(record));
    }
    return leaves;
  }
}
