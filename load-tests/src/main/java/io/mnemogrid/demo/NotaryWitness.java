package io.mnemogrid.demo;

import io.mnemogrid.state.Hash;
import io.mnemogrid.state.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.TreeMap;

/**
 * The local notary's file. Each line is a JSON object, signed with Ed25519 over the canonical text
 * of its other members. Nothing of it is on a chain.
 */
final class NotaryWitness implements Witness {
  private final Path folder;

  /** Reads {@code notary.jsonl} and {@code notary.pub} of a folder. */
  NotaryWitness(Path folder) {
    this.folder = folder;
  }

  @Override
  public String place() {
    return "the local notary's file " + folder.resolve("notary.jsonl") + "; nothing is on a chain";
  }

  @Override
  public Testimony find(long number) {
    try {
      for (String text : Files.readAllLines(folder.resolve("notary.jsonl"))) {
        Fields line = Fields.parse(text);
        if (line.whole("number") == number) {
          verify(line);
          return new Testimony(
              Hash.parse(line.text("hash")), line.text("pointer"), line.text("author"));
        }
      }
    } catch (IOException | GeneralSecurityException e) {
      throw new IllegalStateException("the notary's file cannot be read: " + e, e);
    }
    throw new IllegalStateException("the notary has no line " + number);
  }

  private void verify(Fields line) throws IOException, GeneralSecurityException {
    String pem = Files.readString(folder.resolve("notary.pub")).replaceAll("-----[^-]+-----", "");
    Signature verifier = Signature.getInstance("Ed25519");
    verifier.initVerify(
        KeyFactory.getInstance("Ed25519")
            .generatePublic(new X509EncodedKeySpec(Base64.getMimeDecoder().decode(pem))));
    Map<String, Json> signed = new TreeMap<>(line.object().members());
    signed.remove("signature");
    verifier.update(Json.object(signed).canonical().getBytes(StandardCharsets.UTF_8));
    if (!verifier.verify(HexFormat.of().parseHex(line.text("signature")))) {
      throw new IllegalStateException("the signature of the notary's line does not hold");
    }
  }
}
