package io.mnemogrid.api.trail;

import io.micronaut.http.HttpRequest;
import io.mnemogrid.CommitResult;
import io.mnemogrid.api.http.Attributes;
import io.mnemogrid.merge.Delta;
import io.mnemogrid.secret.FoundSecret;
import io.mnemogrid.secret.Secrets;
import io.mnemogrid.state.Json;
import io.mnemogrid.state.SpaceName;
import io.mnemogrid.trail.TrailEntry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of a request, for the audit trail: names, ids and places, never a value. They hang
 * on the request; the threads that work on it write them one after the other.
 */
public final class Notes {
  private static final String ATTRIBUTE = "mnemogrid.notes";

  /** An entry names at most so many secrets that were let pass. */
  private static final int MOST_SECRETS = 100;

  /** Most characters of the place of one. */
  private static final int MOST_POINTER = 1024;

  private @Nullable String key;
  private @Nullable String keyShown;
  private @Nullable String subject;
  private @Nullable String author;
  private @Nullable String updateId;
  private int count;
  private long version;
  private List<Json> secrets = List.of();
  private @Nullable String outcome;
  private @Nullable SpaceName space;
  private boolean needsRight;
  private boolean readsAlone;
  private boolean isRecorded;

  private Notes() {}

  /** Those of a request. */
  public static Notes of(HttpRequest<?> request) {
    Notes known = Attributes.find(request, ATTRIBUTE, Notes.class);
    if (known != null) {
      return known;
    }
    Notes notes = new Notes();
    request.setAttribute(ATTRIBUTE, notes);
    return notes;
  }

  /** The call needs a right. */
  public void needsRight() {
    needsRight = true;
  }

  boolean isOfRight() {
    return needsRight;
  }

  /** The space that the body names, where the address names none. */
  public void space(SpaceName name) {
    space = name;
  }

  @Nullable SpaceName space() {
    return space;
  }

  /** The request only reads, though its method may change things. */
  public void readsAlone() {
    readsAlone = true;
  }

  /** It may change things after all. */
  public void changes() {
    readsAlone = false;
  }

  boolean isRead() {
    return readsAlone;
  }

  /** The request was refused with that code, though its answer's status is a success. */
  public void refused(String code) {
    outcome = code;
  }

  /** The id of the key that was let in. */
  public void key(String id) {
    key = id;
  }

  /** The id in the text of a key that was not let in. */
  public void keyShown(String id) {
    keyShown = id;
  }

  /** The id of the key that is made or changed. */
  public void subject(String id) {
    subject = id;
  }

  /** What is to be committed. */
  public void deltas(List<? extends Delta> deltas) {
    author = deltas.getFirst().author().name();
    updateId = deltas.getFirst().id().text();
    count = deltas.size();
  }

  /**
   * Secrets that an operator lets pass. A place whose names hold a secret themselves is told
   * without it.
   *
   * @param at pointer of what they were found in, in the body
   */
  public void secrets(String at, List<FoundSecret> passed) {
    List<Json> all = new ArrayList<>(secrets);
    for (FoundSecret found : passed) {
      if (all.size() == MOST_SECRETS) {
        break;
      }
      all.add(
          Json.object(
              Map.of(
                  "pointer", place(at + found.pointer()),
                  "rule", Json.of(found.rule().text()))));
    }
    secrets = all;
  }

  private static Json place(String pointer) {
    Json whole = new Secrets(Set.of()).cut(Json.of(pointer), "", "");
    return whole instanceof Json.Str text && text.value().length() > MOST_POINTER
        ? Json.of(withoutHalf(text.value().substring(0, MOST_POINTER)))
        : whole;
  }

  /** A text that was cut within a pair of surrogates loses the half that is left. */
  private static String withoutHalf(String text) {
    return Character.isHighSurrogate(text.charAt(text.length() - 1))
        ? text.substring(0, text.length() - 1)
        : text;
  }

  /** What became of what was to be committed. */
  public void results(List<CommitResult> results) {
    CommitResult last = results.getLast();
    if (last instanceof CommitResult.Committed committed) {
      outcome = committed.duplicate() ? "duplicate" : committed.outcome().text();
      version = committed.version();
    } else if (last instanceof CommitResult.Unchanged) {
      outcome = "unchanged";
    } else if (last instanceof CommitResult.Unknown) {
      outcome = "unknown";
    }
  }

  /** What became of a request that was not refused. */
  String outcome() {
    return outcome == null ? "done" : outcome;
  }

  /** Whether this is the first answer to the request that is recorded. */
  boolean isFirst() {
    boolean first = !isRecorded;
    isRecorded = true;
    return first;
  }

  /** The entry as far as it is known. */
  TrailEntry.Draft draft() {
    TrailEntry.Draft draft =
        new TrailEntry.Draft()
            .with(TrailEntry.AUTHOR, author)
            .with(TrailEntry.KEY, key)
            .with(TrailEntry.KEY_SHOWN, keyShown)
            .with(TrailEntry.SUBJECT, subject)
            .with(TrailEntry.UPDATE_ID, updateId);
    if (count > 1) {
      draft.with(TrailEntry.COUNT, count);
    }
    if (version > 0) {
      draft.with(TrailEntry.VERSION, version);
    }
    return secrets.isEmpty() ? draft : draft.with(TrailEntry.SECRETS, new Json.Arr(secrets));
  }
}
