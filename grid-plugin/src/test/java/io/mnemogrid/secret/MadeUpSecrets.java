package io.mnemogrid.secret;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Random;
import java.util.zip.CRC32;
import org.web3j.crypto.MnemonicUtils;

/**
 * Makes secrets up from a seed, so that none stands in the repository. They have the form of real
 * ones, and belong to nobody.
 */
public final class MadeUpSecrets {
  private static final String DIGITS = "0123456789";
  private static final String UPPER = "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
  private static final String LOWER = "abcdefghijklmnopqrstuvwxyz";
  private static final String ALNUM = DIGITS + UPPER + LOWER;
  private static final String URL64 = ALNUM + "-_";

  /**
   * A secret.
   *
   * @param name what it is called where it stands; empty where that does not matter
   */
  public record Made(SecretRule rule, String name, String text) {}

  private final Random random;

  /** The same secrets for the same seed. */
  public MadeUpSecrets(long seed) {
    random = new Random(seed);
  }

  /** So many secrets, of all rules in turn. */
  public List<Made> many(int count) {
    List<Made> made = new ArrayList<>();
    SecretRule[] rules = SecretRule.values();
    for (int i = 0; i < count; i++) {
      made.add(one(rules[i % rules.length], i / rules.length));
    }
    return made;
  }

  /**
   * One secret of a rule.
   *
   * @param form which of its forms, from 0; any number will do
   */
  public Made one(SecretRule rule, int form) {
    return switch (rule) {
      case PEM_PRIVATE_KEY -> made(rule, pem(form));
      case AWS_KEY ->
          form % 3 == 0
              ? new Made(rule, "aws_secret_access_key", text(ALNUM + "+/", 40))
              : made(rule, pick(form, "AKIA", "ASIA") + text(UPPER + "234567", 16));
      case GITHUB_TOKEN ->
          made(
              rule,
              form % 6 == 5
                  ? "github_pat_" + text(ALNUM, 22) + "_" + text(ALNUM, 59)
                  : github(pick(form, "ghp_", "gho_", "ghu_", "ghs_", "ghr_"), text(ALNUM, 30)));
      case GITLAB_TOKEN ->
          made(
              rule,
              pick(form, "glpat-", "gldt-", "glrt-", "glcbt-", "glptt-", "glsoat-")
                  + text(URL64, 19)
                  + text(DIGITS, 1)
                  + pick(form, "", "." + text(DIGITS, 2) + "." + text(ALNUM, 9)));
      case SLACK_TOKEN ->
          made(
              rule,
              switch (form % 3) {
                case 0 ->
                    pick(form, "xoxb-", "xoxp-", "xoxa-", "xoxs-")
                        + text(DIGITS, 12)
                        + "-"
                        + text(DIGITS, 13)
                        + "-"
                        + text(ALNUM, 24);
                case 1 -> "xapp-1-A" + text(DIGITS + UPPER, 10) + "-" + text(DIGITS, 13);
                default ->
                    "https://hooks.slack"
                        + ".com/services/T"
                        + text(DIGITS + UPPER, 8)
                        + "/B"
                        + text(DIGITS + UPPER, 8)
                        + "/"
                        + text(ALNUM, 24);
              });
      case STRIPE_KEY ->
          made(
              rule,
              form % 5 == 4
                  ? "whsec_" + text(ALNUM, 32)
                  : pick(form, "sk_live_", "rk_live_", "sk_test_", "rk_test_")
                      + text(ALNUM, form % 2 == 0 ? 24 : 99));
      case OPENAI_KEY ->
          made(
              rule,
              form % 2 == 0
                  ? "sk-" + text(ALNUM, 20) + "T3Blbk" + "FJ" + text(ALNUM, 20)
                  : pick(form / 2, "sk-proj-", "sk-svcacct-", "sk-admin-")
                      + text(URL64, 74)
                      + "T3Blbk"
                      + "FJ"
                      + text(URL64, 74));
      case ANTHROPIC_KEY ->
          made(
              rule,
              "sk-ant-" + pick(form, "api03-", "admin01-", "oat01-") + text(URL64, 93) + "AA");
      case GOOGLE_KEY ->
          made(
              rule,
              switch (form % 3) {
                case 0 -> "AI" + "za" + text(URL64, 35);
                case 1 -> "GOCSPX-" + text(URL64, 28);
                default -> "ya29." + text(URL64, 120);
              });
      case TELEGRAM_TOKEN ->
          made(
              rule,
              pick(form, "", "https://api.telegram.org/bot")
                  + (1 + random.nextInt(9))
                  + text(DIGITS, 8 + form % 2)
                  + ":AA"
                  + text(URL64, 33));
      case NPM_TOKEN -> made(rule, "npm_" + text(ALNUM, 36));
      case OWN_KEY -> made(rule, "mg_" + text(ALNUM, 8) + "_" + text(URL64, 43) + text(ALNUM, 6));
      case JWT ->
          made(
              rule,
              base64("{\"alg\":\"" + pick(form, "HS256", "RS256") + "\",\"typ\":\"JWT\"}")
                  + "."
                  + base64(
                      "{\"sub\":\"" + text(DIGITS, 10) + "\",\"iat\":17" + text(DIGITS, 8) + "}")
                  + "."
                  + text(URL64, form % 2 == 0 ? 43 : 342));
      case URL_PASSWORD ->
          made(
              rule,
              pick(form, "postgres", "redis", "https", "amqp", "mongodb+srv")
                  + "://"
                  + (form % 5 == 1 ? "" : text(LOWER, 6))
                  + ":"
                  + text(ALNUM + "!%&*_-", 4 + random.nextInt(20))
                  + "7@"
                  + pick(form, "db.internal:5432/app", "10.0.0.7", "example.com/path?a=b"));
      case BIP39_PHRASE -> {
        byte[] entropy = new byte[16 + 4 * (form % 5)];
        random.nextBytes(entropy);
        String phrase = MnemonicUtils.generateMnemonic(entropy);
        yield made(
            rule,
            switch (form % 4) {
              case 1 -> phrase.replace(" ", "\n");
              case 2 -> phrase.replace(" ", ", ");
              case 3 -> numbered(phrase);
              default -> phrase;
            });
      }
      case HEX_PRIVATE_KEY ->
          new Made(
              rule,
              pick(form, "private_key", "walletSecret", "PRIVATE-KEY", "mnemonic_seed"),
              pick(form, "0x", "0x", "") + text("0123456789abcdef", 64));
    };
  }

  private static Made made(SecretRule rule, String text) {
    return new Made(rule, "", text);
  }

  private static String pick(int form, String... choices) {
    return choices[form % choices.length];
  }

  /** So many characters of an alphabet. */
  String text(String alphabet, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append(alphabet.charAt(random.nextInt(alphabet.length())));
    }
    return text.toString();
  }

  private static String base64(String text) {
    return Base64.getUrlEncoder()
        .withoutPadding()
        .encodeToString(text.getBytes(StandardCharsets.UTF_8));
  }

  /** The random part with its checksum: CRC-32 in six digits of base 62. */
  static String github(String mark, String part) {
    CRC32 crc = new CRC32();
    crc.update(part.getBytes(StandardCharsets.US_ASCII));
    StringBuilder checksum = new StringBuilder();
    for (long left = crc.getValue(); left > 0; left /= 62) {
      checksum.insert(0, (DIGITS + UPPER + LOWER).charAt((int) (left % 62)));
    }
    return mark + part + "0".repeat(6 - checksum.length()) + checksum;
  }

  private String pem(int form) {
    byte[] key = new byte[form % 2 == 0 ? 138 : 1200];
    random.nextBytes(key);
    String label = pick(form, "", "RSA ", "EC ", "ENCRYPTED ", "OPENSSH ") + "PRIVATE KEY";
    String headers =
        form % 5 == 1
            ? "Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,"
                + text("0123456789ABCDEF", 32)
                + "\n\n"
            : "";
    return "-----BEGIN "
        + label
        + "-----\n"
        + headers
        + Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(key)
        + "\n-----END "
        + label
        + "-----";
  }

  private static String numbered(String phrase) {
    StringBuilder lines = new StringBuilder();
    int number = 1;
    for (String word : phrase.split(" ", -1)) {
      lines.append(number++).append(". ").append(word).append('\n');
    }
    return lines.toString();
  }
}
