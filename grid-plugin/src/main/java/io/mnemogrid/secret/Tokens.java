package io.mnemogrid.secret;

import static io.mnemogrid.secret.Chars.ALNUM;
import static io.mnemogrid.secret.Chars.BASE32;
import static io.mnemogrid.secret.Chars.BASE64;
import static io.mnemogrid.secret.Chars.DIGIT;
import static io.mnemogrid.secret.Chars.HEX;
import static io.mnemogrid.secret.Chars.LETTER;
import static io.mnemogrid.secret.Chars.URL64;

import java.nio.charset.StandardCharsets;
import java.util.Set;
import java.util.zip.CRC32;
import org.jspecify.annotations.Nullable;

/**
 * Searches a text for secrets that have a mark of their own, such as {@code ghp_}.
 *
 * <p>The text is read once, from left to right. Each form of secret has one character at which it
 * is recognised: the {@code _} of {@code ghp_}, the {@code :} of a URL, the {@code J} of {@code
 * eyJ}. These characters are rare in prose. At such a character a form is looked at only if the
 * characters around it fit.
 *
 * <p>The cost is linear in the text, whatever stands in it. A form begins only where no character
 * of its own alphabet stands before it, so a long run of this alphabet is measured a fixed number
 * of times; and what is looked up backwards has a bound.
 */
final class Tokens {
  /** Shorter texts hold none of them. */
  static final int LEAST = 8;

  private static final String PEM = "-----BEGIN ";
  private static final String PEM_END = "-----END ";
  private static final int MOST_LABEL = 48;
  private static final int MOST_HEADERS = 128; // between the label and the first line of base64
  private static final int LEAST_BODY = 16;
  private static final int MOST_AUTHORITY = 2048;
  private static final int MOST_NAME = 32;
  private static final String SLACK_HOOKS = "hooks.slack.com/services/";
  private static final String OPENAI_MARK = "T3BlbkFJ"; // "OpenAI" in base64
  private static final String BASE62 =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

  /**
   * Tokens of GitLab: personal, deploy, runner, CI job, trigger, feed, SCIM, agent, mail, OAuth.
   */
  private static final Set<String> GITLAB =
      Set.of(
          "glpat", "gldt", "glrt", "glcbt", "glptt", "glft", "glsoat", "glagent", "glimt", "gloas");

  private static final int MOST_GITLAB = 7;

  private static final boolean[] MARKS = new boolean[128];

  static {
    for (char mark : "-_:=KSzJ9".toCharArray()) {
      MARKS[mark] = true;
    }
  }

  private Tokens() {}

  /** The first secret that begins at or after {@code from} and is of none of those rules. */
  static @Nullable Hit find(String text, int from, Set<SecretRule> allowed) {
    int length = text.length();
    if (length < LEAST) {
      return null;
    }
    for (int i = from; i < length; i++) {
      char c = text.charAt(i);
      if (c < 128 && MARKS[c]) {
        Hit hit = at(text, i, c);
        if (hit != null && hit.from() >= from && !allowed.contains(hit.rule())) {
          return hit;
        }
      }
    }
    return null;
  }

  private static @Nullable Hit at(String text, int i, char mark) {
    return switch (mark) {
      case '-' -> atDash(text, i);
      case '_' -> atUnderscore(text, i);
      case ':' -> atColon(text, i);
      case '=' -> assigned(text, i);
      case 'K', 'S' -> aws(text, i - 1);
      case 'z' -> google(text, i - 2);
      case '9' -> googleOauth(text, i - 3);
      default -> jwt(text, i - 2);
    };
  }

  private static @Nullable Hit atDash(String text, int i) {
    if (i > 1 && text.charAt(i - 1) == 'k' && text.charAt(i - 2) == 's') {
      return sk(text, i - 2);
    }
    if (text.startsWith(PEM, i)) {
      return pem(text, i);
    }
    if (i < 4) {
      return null;
    }
    return switch (text.charAt(i - 1)) {
      case 't', 's' -> {
        Hit gitlab = gitlab(text, i);
        yield gitlab == null ? slack(text, i) : gitlab;
      }
      case 'a', 'b', 'c', 'e', 'o', 'p', 'r' -> slack(text, i);
      case 'X' ->
          begins(text, i - 6, "GOCSPX-", URL64) && Chars.isRun(text, i + 1, URL64, 28)
              ? new Hit(SecretRule.GOOGLE_KEY, i - 6, i + 29)
              : null;
      default -> null;
    };
  }

  private static @Nullable Hit atUnderscore(String text, int i) {
    if (i < 2) {
      return null;
    }
    return switch (text.charAt(i - 1)) {
      case 'p', 'o', 'u', 's', 'r' -> github(text, i - 3);
      case 'm' ->
          begins(text, i - 3, "npm_", URL64) && Chars.isRun(text, i + 1, ALNUM, 36)
              ? new Hit(SecretRule.NPM_TOKEN, i - 3, i + 37)
              : null;
      case 'g' -> mnemogrid(text, i - 2);
      case 'e' -> stripe(text, i);
      case 't' -> {
        Hit stripe = stripe(text, i);
        yield stripe == null ? githubFineGrained(text, i - 10) : stripe;
      }
      case 'c' ->
          begins(text, i - 5, "whsec_", URL64)
              ? atLeast(SecretRule.STRIPE_KEY, text, i - 5, i + 1, BASE64, 24)
              : null;
      default -> null;
    };
  }

  private static @Nullable Hit atColon(String text, int i) {
    if (text.startsWith("//", i + 1)) {
      return url(text, i + 3);
    }
    if (Chars.isAt(text, i - 1, DIGIT) && text.startsWith("AA", i + 1)) {
      return telegram(text, i);
    }
    return assigned(text, i);
  }

  /** Whether the mark stands at {@code from} and is not the middle of a longer word. */
  private static boolean begins(String text, int from, String mark, int alphabet) {
    return from >= 0 && text.startsWith(mark, from) && !Chars.isAt(text, from - 1, alphabet);
  }

  /** A secret from {@code from} on, if at least so many characters follow its mark. */
  private static @Nullable Hit atLeast(
      SecretRule rule, String text, int from, int body, int alphabet, int least) {
    int end = Chars.endOfRun(text, body, alphabet);
    return end - body >= least ? new Hit(rule, from, end) : null;
  }

  private static @Nullable Hit pem(String text, int from) {
    int label = from + PEM.length();
    int labelEnd = label;
    int most = Math.min(text.length(), label + MOST_LABEL);
    while (labelEnd < most
        && (text.charAt(labelEnd) == ' ' || Chars.isAt(text, labelEnd, BASE32 | DIGIT))) {
      labelEnd++;
    }
    if (!text.startsWith("-----", labelEnd)
        || !text.substring(label, labelEnd).contains("PRIVATE KEY")) {
      return null;
    }
    int body = labelEnd + 5;
    if (!hasBody(text, body)) {
      return null; // somebody writes about such keys
    }
    int end = text.indexOf(PEM_END, body);
    int close = end < 0 ? -1 : text.indexOf("-----", end + PEM_END.length());
    return new Hit(SecretRule.PEM_PRIVATE_KEY, from, close < 0 ? text.length() : close + 5);
  }

  /** Whether some base64 stands soon after the label; headers may come first (RFC 1421 §4.6). */
  private static boolean hasBody(String text, int from) {
    int until = Math.min(text.length(), from + MOST_HEADERS);
    int run = 0;
    for (int i = from; i < until; i++) {
      if (Chars.is(text.charAt(i), BASE64)) {
        run++;
        if (run == LEAST_BODY) {
          return true;
        }
      } else {
        run = 0;
        if (text.startsWith("-----", i)) {
          return false;
        }
      }
    }
    return false;
  }

  private static @Nullable Hit sk(String text, int from) {
    if (Chars.isAt(text, from - 1, URL64)) {
      return null;
    }
    if (text.startsWith("ant-", from + 3)) {
      return atLeast(SecretRule.ANTHROPIC_KEY, text, from, from + 7, URL64, 40);
    }
    int body = from + 3;
    int end = Chars.endOfRun(text, body, URL64);
    return end - body >= 32 && (hasMark(text, body, end) || hasLongPart(text, body, end))
        ? new Hit(SecretRule.OPENAI_KEY, from, end)
        : null;
  }

  private static boolean hasMark(String text, int from, int to) {
    return text.indexOf(OPENAI_MARK, from, to) >= 0;
  }

  /** Whether a part between two dashes is long and has digits: a word of a language has none. */
  private static boolean hasLongPart(String text, int from, int to) {
    int part = from;
    while (part < to) {
      int end = Chars.endOfRun(text, part, ALNUM);
      if (end - part >= 20 && Chars.digits(text, part, end) >= 3) {
        return true;
      }
      part = end + 1;
    }
    return false;
  }

  private static @Nullable Hit gitlab(String text, int dash) {
    int from = dash;
    while (dash - from < MOST_GITLAB && Chars.isAt(text, from - 1, LETTER)) {
      from--;
    }
    if (!begins(text, from, "gl", URL64) || !GITLAB.contains(text.substring(from, dash))) {
      return null;
    }
    int end = Chars.endOfRun(text, dash + 1, URL64);
    if (end - dash - 1 < 20 || Chars.digits(text, dash + 1, end) == 0) {
      return null;
    }
    // a routable token goes on with a version and a checksum
    while (end + 1 < text.length()
        && text.charAt(end) == '.'
        && Chars.isAt(text, end + 1, URL64)
        && Chars.endOfRun(text, end + 1, URL64, end + 11) < end + 11) {
      end = Chars.endOfRun(text, end + 1, URL64, end + 11);
    }
    return new Hit(SecretRule.GITLAB_TOKEN, from, end);
  }

  private static @Nullable Hit slack(String text, int dash) {
    int from = dash - 4;
    if (!text.startsWith("xox", from) && !text.startsWith("xapp", from)
        || Chars.isAt(text, from - 1, URL64)) {
      return null;
    }
    int end = Chars.endOfRun(text, dash + 1, URL64);
    return end - dash - 1 >= 20 && Chars.digits(text, dash + 1, end) >= 3
        ? new Hit(SecretRule.SLACK_TOKEN, from, end)
        : null;
  }

  private static @Nullable Hit github(String text, int from) {
    return begins(text, from, "gh", URL64)
            && Chars.isRun(text, from + 4, ALNUM, 36)
            && hasCrc(text, from + 4)
        ? new Hit(SecretRule.GITHUB_TOKEN, from, from + 40)
        : null;
  }

  /** Whether six characters of base62 are the CRC-32 of the thirty before them. */
  private static boolean hasCrc(String text, int from) {
    CRC32 crc = new CRC32();
    crc.update(text.substring(from, from + 30).getBytes(StandardCharsets.US_ASCII));
    long left = crc.getValue();
    for (int i = from + 35; i >= from + 30; i--) {
      if (text.charAt(i) != BASE62.charAt((int) (left % 62))) {
        return false;
      }
      left /= 62;
    }
    return true;
  }

  private static @Nullable Hit githubFineGrained(String text, int from) {
    return begins(text, from, "github_pat_", URL64)
            && Chars.isRun(text, from + 11, ALNUM, 22)
            && text.startsWith("_", from + 33)
            && Chars.isRun(text, from + 34, ALNUM, 59)
        ? new Hit(SecretRule.GITHUB_TOKEN, from, from + 93)
        : null;
  }

  private static @Nullable Hit stripe(String text, int underscore) {
    int from = underscore - 7;
    boolean known =
        begins(text, from, "sk_live", URL64)
            || begins(text, from, "sk_test", URL64)
            || begins(text, from, "rk_live", URL64)
            || begins(text, from, "rk_test", URL64);
    return known ? atLeast(SecretRule.STRIPE_KEY, text, from, underscore + 1, ALNUM, 20) : null;
  }

  private static @Nullable Hit mnemogrid(String text, int from) {
    return begins(text, from, "mg_", URL64)
            && Chars.endOfRun(text, from + 3, URL64, from + 11) == from + 11
            && text.startsWith("_", from + 11)
            && Chars.isRun(text, from + 12, URL64, 49)
        ? new Hit(SecretRule.OWN_KEY, from, from + 61)
        : null;
  }

  private static @Nullable Hit aws(String text, int from) {
    if (!begins(text, from, "AKIA", ALNUM) && !begins(text, from, "ASIA", ALNUM)) {
      return null;
    }
    int end = from + 20;
    return Chars.endOfRun(text, from, BASE32, end) == end
            && !Chars.isAt(text, end, ALNUM)
            && !text.startsWith("EXAMPLE", end - 7) // as in the documents of AWS
        ? new Hit(SecretRule.AWS_KEY, from, end)
        : null;
  }

  private static @Nullable Hit google(String text, int from) {
    return begins(text, from, "AIza", URL64) && Chars.isRun(text, from + 4, URL64, 35)
        ? new Hit(SecretRule.GOOGLE_KEY, from, from + 39)
        : null;
  }

  private static @Nullable Hit googleOauth(String text, int from) {
    return begins(text, from, "ya29.", URL64)
        ? atLeast(SecretRule.GOOGLE_KEY, text, from, from + 5, URL64, 30)
        : null;
  }

  private static @Nullable Hit jwt(String text, int from) {
    if (!begins(text, from, "eyJ", URL64)) {
      return null;
    }
    int header = Chars.endOfRun(text, from, URL64);
    if (header - from < 12 || !text.startsWith(".eyJ", header)) {
      return null;
    }
    int claims = Chars.endOfRun(text, header + 1, URL64);
    if (claims - header < 12 || !text.startsWith(".", claims)) {
      return null;
    }
    return atLeast(SecretRule.JWT, text, from, claims + 1, URL64, 16);
  }

  private static @Nullable Hit url(String text, int authority) {
    if (text.startsWith(SLACK_HOOKS, authority)) {
      int path = authority + SLACK_HOOKS.length();
      return atLeast(SecretRule.SLACK_TOKEN, text, path, path, BASE64, 30);
    }
    int until = Math.min(text.length(), authority + MOST_AUTHORITY);
    int colon = -1;
    int at = -1;
    for (int i = authority; i < until && !endsAuthority(text.charAt(i)); i++) {
      if (text.charAt(i) == ':' && colon < 0) {
        colon = i;
      } else if (text.charAt(i) == '@') {
        at = i;
      }
    }
    return colon >= 0 && at > colon + 1 && !isPlaceholder(text, colon + 1, at)
        ? new Hit(SecretRule.URL_PASSWORD, colon + 1, at)
        : null;
  }

  private static boolean endsAuthority(char c) {
    return c <= ' ' || c == '/' || c == '?' || c == '#' || c == '"' || c == '\'' || c == '`'
        || c == '\\' || c == '>';
  }

  /** Whether the password is one that is still to be filled in, or that was hidden. */
  private static boolean isPlaceholder(String text, int from, int to) {
    char first = text.charAt(from);
    if (first == '$'
        || first == '{'
        || first == '<'
        || first == '%' && !Chars.isAt(text, from + 1, HEX)) {
      return true;
    }
    boolean hides = first == '*' || first == 'x' || first == 'X' || first == '.';
    for (int i = from; hides && i < to; i++) {
      hides = text.charAt(i) == first;
    }
    return hides;
  }

  private static @Nullable Hit telegram(String text, int colon) {
    int from = colon;
    while (from > 0 && colon - from < 11 && Chars.is(text.charAt(from - 1), DIGIT)) {
      from--;
    }
    int digits = colon - from;
    return digits >= 8 && digits <= 10 && Chars.isRun(text, colon + 1, URL64, 35)
        ? new Hit(SecretRule.TELEGRAM_TOKEN, from, colon + 36)
        : null;
  }

  /** What stands after {@code =} or {@code :}, judged by the name before it. */
  private static @Nullable Hit assigned(String text, int i) {
    int value = i + 1;
    while (value < text.length() && value - i <= 3 && isFiller(text.charAt(value))) {
      value++;
    }
    int end = endOfUnmarked(text, value);
    if (end < 0) {
      return null;
    }
    int nameEnd = i;
    while (nameEnd > 0 && i - nameEnd < 3 && isFiller(text.charAt(nameEnd - 1))) {
      nameEnd--;
    }
    int name = nameEnd;
    int words = 1;
    while (name > 0 && nameEnd - name < MOST_NAME && !endsName(text.charAt(name - 1))) {
      words += text.charAt(name - 1) == ' ' ? 1 : 0;
      if (words > 2) {
        break; // "private key" is one name, "private constant ONES" is none
      }
      name--;
    }
    SecretRule rule = SecretNames.ruleOf(text.substring(name, nameEnd), text, value, end);
    return rule == null ? null : new Hit(rule, value, end);
  }

  private static boolean isFiller(char c) {
    return c == ' ' || c == '"' || c == '\'' || c == '\t' || c == '>' || c == ':' || c == '\\';
  }

  private static boolean endsName(char c) {
    return c < ' ' || c == ';' || c == ',' || c == '{' || c == '(' || c == '"' || c == '\'';
  }

  /**
   * Where 64 hexadecimal digits, or 40 characters of base64, that stand at {@code from} end; -1 if
   * there is neither. Such a text is a secret only under a name that says so.
   */
  static int endOfUnmarked(String text, int from) {
    if (!Chars.isAt(text, from + 39, BASE64)) {
      return -1; // the shortest of them has not ended here
    }
    int digits = text.startsWith("0x", from) ? from + 2 : from;
    if (Chars.isRun(text, digits, HEX, 64) && !Chars.isAt(text, digits + 64, URL64)) {
      return digits + 64;
    }
    return Chars.isRun(text, from, BASE64, 40) ? from + 40 : -1;
  }
}
