package io.mnemogrid.secret;

import java.util.Optional;

/** A kind of secret that a text is searched for. docs/security.md describes what each one finds. */
public enum SecretRule {
  /** A private key in PEM (RFC 7468). */
  PEM_PRIVATE_KEY("pem-private-key", "a private key in PEM"),
  /** An id of an access key of Amazon Web Services, or a secret key under a name that says so. */
  AWS_KEY("aws-key", "an access key of AWS"),
  /** A token of GitHub; one of the classic form has the right CRC-32. */
  GITHUB_TOKEN("github-token", "a token of GitHub"),
  /** A token of GitLab. */
  GITLAB_TOKEN("gitlab-token", "a token of GitLab"),
  /** A token or a webhook of Slack. */
  SLACK_TOKEN("slack-token", "a token of Slack"),
  /** A secret or restricted key of Stripe, or the secret of a webhook. */
  STRIPE_KEY("stripe-key", "a secret key of Stripe"),
  /** A key of OpenAI, or of another service that begins its keys alike. */
  OPENAI_KEY("openai-key", "a key of OpenAI"),
  /** A key of Anthropic. */
  ANTHROPIC_KEY("anthropic-key", "a key of Anthropic"),
  /** An API key, an OAuth token or an OAuth client's secret of Google. */
  GOOGLE_KEY("google-key", "a key of Google"),
  /** The token of a Telegram bot. */
  TELEGRAM_TOKEN("telegram-token", "the token of a Telegram bot"),
  /** A token of npm. */
  NPM_TOKEN("npm-token", "a token of npm"),
  /** A key of this product. */
  OWN_KEY("mnemogrid-key", "a key of mnemogrid"),
  /** A signed JSON Web Token (RFC 7519). */
  JWT("jwt", "a JSON Web Token"),
  /** A URL with a password in it. */
  URL_PASSWORD("url-password", "a URL with a password"),
  /** A phrase of English BIP-39 words whose checksum is right. */
  BIP39_PHRASE("bip39-phrase", "a BIP-39 phrase"),
  /** 64 hexadecimal digits under a name that says that they are private. */
  HEX_PRIVATE_KEY("hex-private-key", "a private key in hexadecimal digits");

  private final String text;
  private final String what;

  SecretRule(String text, String what) {
    this.text = text;
    this.what = what;
  }

  /** The name of the rule, for programs. */
  public String text() {
    return text;
  }

  /** What it finds, for people; with its article. */
  public String what() {
    return what;
  }

  /** The rule of that name. */
  public static Optional<SecretRule> named(String text) {
    for (SecretRule rule : values()) {
      if (rule.text.equals(text)) {
        return Optional.of(rule);
      }
    }
    return Optional.empty();
  }
}
