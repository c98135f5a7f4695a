package io.mnemogrid.api.tls;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyStore;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Certificates and private keys as PEM (RFC 7468), read into key stores that live in memory. What
 * cannot serve is refused with a sentence: half a file, a key that is not that of the certificate.
 *
 * <p>JDK 25 reads keys in PKCS #8 alone, and many programs that fetch certificates write the older
 * forms of RSA and EC. Both are the inner part of a PKCS #8 key, whose outer part names the
 * algorithm just as the certificate does. So the outer part is taken from there.
 */
public final class Pem {
  /** The name of a pair in its key store. */
  public static final String PAIR = "key";

  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END \\1-----");
  private static final String BEGIN = "-----BEGIN ";
  private static final byte[] VERSION = {2, 1, 0}; // INTEGER 0
  private static final byte SEQUENCE = 0x30;
  private static final byte OCTET_STRING = 4;
  private static final int LONG_FORM = 0x80;
  private static final int LONGEST_HEAD = 4; // of what has fewer than 65,536 bytes

  private Pem() {}

  /** A part of a file: what it says it is, and its bytes. */
  private record Block(String type, byte[] der) {}

  /**
   * A certificate and its key, for a server or a client.
   *
   * @param chain its certificate first, then those of its issuers
   * @throws IllegalArgumentException in one sentence, when they are no pair or cannot be read
   */
  public static KeyStore pair(byte[] chain, byte[] key) {
    List<X509Certificate> certificates = certificates(chain);
    PublicKey own = certificates.getFirst().getPublicKey();
    try {
      PrivateKey secret = privateKey(key, own);
      if (!isPair(secret, own)) {
        throw new IllegalArgumentException("the key is not that of the certificate");
      }
      KeyStore store = empty();
      store.setKeyEntry(PAIR, secret, null, certificates.toArray(X509Certificate[]::new));
      return store;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException(
          "the key is not that of the certificate, or the certificates behind it are not its"
              + " issuers in their order",
          e);
    }
  }

  /**
   * Certificates of those who are trusted to issue others.
   *
   * @throws IllegalArgumentException in one sentence, when there is none or it cannot be read
   */
  public static KeyStore issuers(byte[] pem) {
    List<X509Certificate> certificates = certificates(pem);
    try {
      KeyStore store = empty();
      for (int i = 0; i < certificates.size(); i++) {
        store.setCertificateEntry("issuer-" + i, certificates.get(i));
      }
      return store;
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("a certificate cannot be used", e);
    }
  }

  private static KeyStore empty() throws GeneralSecurityException {
    try {
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      return store;
    } catch (IOException e) {
      throw new IllegalStateException("nothing is read", e);
    }
  }

  private static List<X509Certificate> certificates(byte[] pem) {
    List<X509Certificate> certificates = new ArrayList<>();
    try {
      CertificateFactory factory = CertificateFactory.getInstance("X.509");
      for (Block block : blocks(pem)) {
        if (block.type.equals("CERTIFICATE")
            && factory.generateCertificate(new ByteArrayInputStream(block.der))
                instanceof X509Certificate certificate) {
          certificates.add(certificate);
        }
      }
    } catch (GeneralSecurityException e) {
      throw new IllegalArgumentException("a certificate cannot be read", e);
    }
    if (certificates.isEmpty()) {
      throw new IllegalArgumentException("there is no certificate");
    }
    return certificates;
  }

  private static PrivateKey privateKey(byte[] pem, PublicKey own) throws GeneralSecurityException {
    List<Block> keys =
        blocks(pem).stream().filter(block -> block.type.endsWith("PRIVATE KEY")).toList();
    if (keys.size() != 1) {
      throw new IllegalArgumentException("there are %d keys, not one".formatted(keys.size()));
    }
    Block key = keys.getFirst();
    byte[] der =
        switch (key.type) {
          case "PRIVATE KEY" -> key.der;
          case "RSA PRIVATE KEY", "EC PRIVATE KEY" -> pkcs8(own, key.der);
          default -> throw new IllegalArgumentException("the key is encrypted, or of another form");
        };
    return KeyFactory.getInstance(own.getAlgorithm()).generatePrivate(new PKCS8EncodedKeySpec(der));
  }

  private static List<Block> blocks(byte[] pem) {
    String text = new String(pem, StandardCharsets.ISO_8859_1);
    if (text.contains("Proc-Type: 4,ENCRYPTED")) {
      throw new IllegalArgumentException("the key is encrypted, or of another form");
    }
    List<Block> blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(text);
    while (matcher.find()) {
      String base64 = String.valueOf(matcher.group(2));
      blocks.add(
          new Block(
              String.valueOf(matcher.group(1)),
              Base64.getDecoder().decode(base64.replaceAll("\\s", ""))));
    }
    String between = matcher.replaceAll("");
    String last = between.substring(between.lastIndexOf('\n') + 1);
    boolean hasBegun = !last.isEmpty() && BEGIN.startsWith(last); // not even its name is there
    if (between.contains(BEGIN) || hasBegun) {
      throw new IllegalArgumentException("the file is cut off");
    }
    return blocks;
  }

  /** The algorithm comes first in a public key, and stands the same in a private one. */
  private static byte[] pkcs8(PublicKey own, byte[] inner) {
    ByteBuffer of = ByteBuffer.wrap(own.getEncoded());
    of.get();
    length(of);
    int begin = of.position();
    of.get();
    int size = length(of);
    int end = of.position() + size;
    byte[] algorithm = new byte[end - begin];
    of.get(begin, algorithm);
    return der(SEQUENCE, VERSION, algorithm, der(OCTET_STRING, inner));
  }

  private static int length(ByteBuffer der) {
    int first = Byte.toUnsignedInt(der.get());
    if (first < LONG_FORM) {
      return first;
    }
    int length = 0;
    for (int i = first - LONG_FORM; i > 0; i--) {
      length = length << Byte.SIZE | Byte.toUnsignedInt(der.get());
    }
    return length;
  }

  private static byte[] der(byte tag, byte[]... parts) {
    int size = 0;
    for (byte[] part : parts) {
      size += part.length;
    }
    ByteBuffer out = ByteBuffer.allocate(size + LONGEST_HEAD).put(tag);
    if (size >= 1 << Byte.SIZE) {
      out.put((byte) (LONG_FORM + 2)).putShort((short) size);
    } else if (size >= LONG_FORM) {
      out.put((byte) (LONG_FORM + 1)).put((byte) size);
    } else {
      out.put((byte) size);
    }
    for (byte[] part : parts) {
      out.put(part);
    }
    return Arrays.copyOf(out.array(), out.position());
  }

  /** Whether what one signs the other verifies. */
  private static boolean isPair(PrivateKey secret, PublicKey own) throws GeneralSecurityException {
    String algorithm =
        switch (own.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          case "EdDSA" -> "EdDSA";
          default ->
              throw new IllegalArgumentException(
                  "a key is of RSA, EC or Ed25519, not of " + own.getAlgorithm());
        };
    byte[] text = "mnemogrid".getBytes(StandardCharsets.US_ASCII);
    Signature signing = Signature.getInstance(algorithm);
    signing.initSign(secret);
    signing.update(text);
    byte[] signature = signing.sign();
    Signature verifying = Signature.getInstance(algorithm);
    verifying.initVerify(own);
    verifying.update(text);
    return verifying.verify(signature);
  }
}
