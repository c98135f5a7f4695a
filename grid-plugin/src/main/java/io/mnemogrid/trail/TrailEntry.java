package io.mnemogrid.trail;

import io.mnemogrid.state.Json;
import io.mnemogrid.state.Timestamps;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * One thing that somebody did or was refused. A value. The members that an entry may have are the
 * constants of this class. None of them ever holds a value of a document or a text of a key.
 *
 * @param time by the store's clock, in milliseconds
 * @param members all, the time among them, as they stand on a sheet
 */
public record TrailEntry(Instant time, Json.Obj members) {
  /** The address that the connection came from. It is personal data. */
  public static final String ADDRESS = "address";

  /** The author that a write names; nothing proves it. */
  public static final String AUTHOR = "author";

  /** How many versions a commit made, or how many entries are missing. */
  public static final String COUNT = "count";

  /** Days for which entries are kept, in an entry about those that are forgotten. */
  public static final String DAYS = "days";

  /** The number of the last sheet whose entries are forgotten. */
  public static final String FORGOTTEN = "forgotten";

  /** Id of the key that was let in, or that was let in and refused this. */
  public static final String KEY = "key";

  /** Id in the text of a key that was not let in. */
  public static final String KEY_SHOWN = "key_shown";

  /** Name of the member that was asked. */
  public static final String MEMBER = "member";

  /** What became of it: the outcome of a commit, the code of a problem, or {@code done}. */
  public static final String OUTCOME = "outcome";

  /** Id of the request, as a problem tells it. */
  public static final String REQUEST_ID = "request_id";

  /** Method and template of the address; the method alone where no route was found. */
  public static final String ROUTE = "route";

  /** Secrets that an operator let pass: places and rules. */
  public static final String SECRETS = "secrets";

  /** The space in the address. */
  public static final String SPACE = "space";

  /** Status of the answer. */
  public static final String STATUS = "status";

  /** Id of the key that was made or changed. */
  public static final String SUBJECT = "subject";

  /** The time. */
  public static final String TIME = "time";

  /** The update_id of a write; of a list that of the first delta. */
  public static final String UPDATE_ID = "update_id";

  /** The last version that a commit made. */
  public static final String VERSION = "version";

  /** {@link #OUTCOME} of an entry that stands for those that found no room. */
  public static final String LOST = "lost";

  /** {@link #OUTCOME} of an entry that stands for refusals beyond the bound of a second. */
  public static final String LEFT_OUT = "left-out";

  private static final int REFUSALS = 400;
  private static final int OVER_RATE = 429;

  /** Writes an entry. Used by one thread at a time. */
  public static final class Draft {
    private final Map<String, Json> members = new TreeMap<>();

    /** Names a text; null names nothing. */
    public Draft with(String member, @Nullable String text) {
      if (text != null) {
        members.put(member, Json.of(text));
      }
      return this;
    }

    /** Names a number. */
    public Draft with(String member, long number) {
      members.put(member, Json.of(number));
      return this;
    }

    /** Names a value. */
    public Draft with(String member, Json value) {
      members.put(member, value);
      return this;
    }

    /** The entry, at that time. */
    public TrailEntry at(Instant time) {
      Instant millis = time.truncatedTo(ChronoUnit.MILLIS);
      members.put(TIME, Json.of(Timestamps.format(millis)));
      return new TrailEntry(millis, new Json.Obj(members));
    }
  }

  /** Whether it is a refusal to somebody who showed no key that is one. */
  public boolean isOfStranger() {
    return isRefusal() && members.get(KEY) == null;
  }

  /**
   * The id of the key that was refused this for its rate; null for every other entry. Such a
   * request costs its caller nothing, so no rate bounds how many there are.
   */
  public @Nullable String keyOverRate() {
    return members.get(STATUS) instanceof Json.Num status
            && status.value() == OVER_RATE
            && members.get(KEY) instanceof Json.Str key
        ? key.value()
        : null;
  }

  /** Whether it was answered with a status from 400. */
  public boolean isRefusal() {
    return members.get(STATUS) instanceof Json.Num status && status.value() >= REFUSALS;
  }

  /** What waits of it for the store. O(size). */
  public TrailLine line() {
    return new TrailLine(members.canonicalBytes(), time, isRefusal());
  }

  /**
   * Reads {@link #members}.
   *
   * @throws io.mnemogrid.state.JsonException when it has no time
   */
  public static TrailEntry of(Json.Obj object) {
    return new TrailEntry(Timestamps.parse(object.text(TIME)), object);
  }
}
