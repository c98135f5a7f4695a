package io.mnemogrid.chain;

import io.mnemogrid.checkpoint.Address;
import java.math.BigInteger;
import java.util.Locale;
import java.util.regex.Pattern;
import org.web3j.crypto.Credentials;
import org.web3j.crypto.Sign;

/**
 * The secp256k1 key that signs transactions. It never shows itself: {@link #toString()} is its
 * address.
 */
public final class ChainKey {
  private static final Pattern FORM = Pattern.compile("0x[0-9a-f]{64}");

  private final Credentials credentials;

  private ChainKey(Credentials credentials) {
    this.credentials = credentials;
  }

  /**
   * Reads {@code 0x} and 64 hex digits, the {@code 0x} optional; refuses what is not the number of
   * a point. No message repeats what it was given.
   */
  public static ChainKey parse(String hex) {
    String text = hex.strip().toLowerCase(Locale.ROOT);
    String full = text.startsWith("0x") ? text : "0x" + text;
    if (!FORM.matcher(full).matches()) {
      throw new IllegalArgumentException("a chain key is 0x and 64 hex digits");
    }
    BigInteger secret = new BigInteger(full.substring(2), 16);
    if (secret.signum() == 0 || secret.compareTo(Sign.CURVE_PARAMS.getN()) >= 0) {
      throw new IllegalArgumentException("a chain key is below the order of the curve, and not 0");
    }
    return new ChainKey(Credentials.create(full));
  }

  /** The address of the key. */
  public Address address() {
    return new Address(credentials.getAddress().toLowerCase(Locale.ROOT));
  }

  Credentials credentials() {
    return credentials;
  }

  @Override
  public String toString() {
    return "key of " + address();
  }
}
