package io.mnemogrid.drill;

import io.mnemogrid.client.Answered;
import io.mnemogrid.client.MemberApi;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How many spaces the members of a run loaded and evicted, as their health says. A member counts
 * from its start, so what it did between the last look and its end is missing. One thread uses it.
 */
final class Turnover {
  private static final Pattern SAID =
      Pattern.compile("([0-9,]+) were loaded, ([0-9,]+) were evicted");
  private static final Duration PATIENCE = Duration.ofSeconds(3);

  private record Counts(long loaded, long evicted) {}

  private final Map<String, Counts> last = new HashMap<>(); // by member
  private long loaded;
  private long evicted;

  /** Asks a member, which may be silent. */
  void look(MemberApi api) {
    MemberApi.Reply health = api.tryGet("/health", PATIENCE);
    if (health != null && health.body().startsWith("{")) {
      Answered.parse(health.body()).objects("parts").stream()
          .filter(part -> part.text("name").equals("spaces"))
          .forEach(part -> look(api.name(), part.text("detail")));
    }
  }

  /** Takes what a member says of its spaces. */
  void look(String member, String said) {
    Matcher found = SAID.matcher(said);
    if (!found.find()) {
      return;
    }
    Counts now = new Counts(number(found.group(1)), number(found.group(2)));
    Counts before = last.put(member, now);
    boolean isSame = before != null && before.loaded <= now.loaded; // else it was started again
    loaded += now.loaded - (isSame ? before.loaded : 0);
    evicted += now.evicted - (isSame ? before.evicted : 0);
  }

  private static long number(String text) {
    return Long.parseLong(text.replace(",", ""));
  }

  /** How many loads at least. */
  long loaded() {
    return loaded;
  }

  /** How many evictions at least. */
  long evicted() {
    return evicted;
  }
}
