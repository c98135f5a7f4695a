package io.mnemogrid.checkpoint;

import io.mnemogrid.checkpoint.Bundle.AuthorProof;
import io.mnemogrid.proof.FactProof;
import io.mnemogrid.signature.AuthorKey;
import io.mnemogrid.signature.AuthorKeys;
import io.mnemogrid.signature.AuthorSignature;
import io.mnemogrid.signature.GridId;
import io.mnemogrid.signature.SignedRequest;
import io.mnemogrid.state.Author;
import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.JsonException;
import io.mnemogrid.state.Pointer;
import io.mnemogrid.state.SpaceName;
import org.jspecify.annotations.Nullable;

/** Whether a record's author signed what the record says. A pure function. */
final class AuthorCheck {
  private AuthorCheck() {}

  /**
   * Why it is not shown, or null. From outside inward: the authors' space stands in the checkpoint,
   * the record names a version of it, the key is the author's there, it signed the request for this
   * space of this grid, and the record says what the request says.
   *
   * @param record which was shown to stand in the log of {@code space}
   */
  static @Nullable String whyNot(
      AuthorProof proof, SpaceName space, Json.Obj record, Header header) {
    try {
      String astray = BundleVerifier.whyNotInForest(proof.place(), header, proof.head());
      if (astray != null) {
        return astray;
      }
      if (!(record.get("signed") instanceof Json.Obj signed)
          || !(signed.get("authors") instanceof Json.Num number)) {
        return "the record does not say that it is signed";
      }
      Author author = new Author(record.text("author"));
      AuthorKey key = new AuthorKey(signed.text("key"));
      AuthorSignature signature = new AuthorSignature(key, proof.signature());
      if (!signature.value().equals(signed.text("value"))) {
        return "the signature is another than the record's";
      }
      long version = (long) number.value();
      if (version != number.value() || version < 1 || version > proof.head().version()) {
        return "the checkpoint does not cover the version of the authors' keys";
      }
      Hash root = proof.head().stateRoot();
      if (version == proof.head().version()) {
        if (proof.update() != null) {
          return "the authors' keys at the head's own version need no update";
        }
      } else if (proof.update() == null) {
        return "the authors' keys at an earlier version than the head's need its update";
      } else {
        switch (BundleVerifier.read(proof.update(), SpaceName.AUTHORS, version, proof.head())) {
          case BundleVerifier.Read.Root at -> root = at.root();
          case BundleVerifier.Read.Refused refused -> {
            return "the authors' keys: " + refused.failure().why();
          }
        }
      }
      if (!(shown(proof.grid(), root, AuthorKeys.GRID) instanceof Json.Str grid)) {
        return "the id of the grid is not shown";
      }
      if (!AuthorKeys.KIND.equals(shown(proof.key(), root, AuthorKeys.placeOf(author, key)))) {
        return "the key is not shown to be the author's at version " + version;
      }
      if (!(Json.parseCanonical(proof.request()) instanceof Json.Obj request)) {
        return "the request is no object";
      }
      Hash hash = Hash.sha256(proof.request());
      if (!hash.toString().equals(record.text("request"))) {
        return "the request is another than the record's";
      }
      if (!signature.signs(new GridId(grid.value()), space, hash)) {
        return "the key did not sign this request for this space of this grid";
      }
      return SignedRequest.whyNot(request, record);
    } catch (JsonException e) {
      return "at '" + e.pointer() + "': " + e.detail();
    } catch (IllegalArgumentException e) {
      return String.valueOf(e.getMessage());
    }
  }

  private static @Nullable Json shown(FactProof proof, Hash root, Pointer path) {
    return proof.verify(root, path) instanceof FactProof.Verdict.Present present
        ? present.value()
        : null;
  }
}
