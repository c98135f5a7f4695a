package io.mnemogrid.client;

import java.lang.ref.SoftReference;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Chats in a space, for frameworks that read the messages of a chat as a list and write it back
 * whole. A list that is written is compared with the one that was read: what it has besides is
 * added, what it lacks is deleted, and what others added meanwhile stays. So any number of threads
 * and processes may use one chat, and no message is lost. Thread-safe.
 *
 * <p><b>What a list is compared with.</b> A message object that was given out tells from which
 * reading a list was made, whichever thread writes it. What was in that reading and is no longer in
 * the list is deleted; where the list has objects of several readings, nothing is. A list without
 * such an object (the first one of a chat, one in whose window nothing is left, copies) is compared
 * with what the same thread read last, once, and replaces it only where the chat still stands so;
 * else, or where an object of it has been written before, it is compared with what stands, and
 * nothing is deleted.
 *
 * <p><b>Where it stands.</b> Each message has a place of its own, {@code
 * PLACE/messages/<id>/<key>}; the keys are in the order of the messages. {@code PLACE/ids/<id>} is
 * true for each chat. A message that is the object that was given out, or that was written in a
 * list made from the same reading, is the same message; any other is compared by its form.
 *
 * <p><b>A system message</b> that is written where another one was removed takes its place. Of two
 * threads that do this at once the later one wins; the log has both.
 *
 * @param <M> the messages of the framework
 */
public final class Chats<M> {
  /** Deletions whose outcome is unknown that are kept to be sent again; the oldest are let go. */
  static final int MAX_UNSETTLED = 1024;

  private static final Set<Integer> REFUSED_FOR_GOOD = Set.of(400, 404, 409, 413, 422);

  private static final Pattern KEY = Pattern.compile("[0-9a-f]*[1-9a-f]");

  /** How a message of a framework is JSON. */
  public interface Form<M> {
    /**
     * The message as JSON.
     *
     * @throws IllegalArgumentException for what the form does not keep; the sentence says what to
     *     do instead
     */
    Json write(M message);

    /**
     * The message that a form was made from, as a new object.
     *
     * @throws IllegalArgumentException for what {@link #write} never makes
     */
    M read(Json form);

    /** Whether the message is one of the system, of which a chat wants the newest. */
    boolean isSystem(M message);
  }

  /** A reading, and its messages. */
  private record Found<M>(ChatView view, List<M> messages) {}

  /**
   * What a list is compared with.
   *
   * @param views the readings from which the list was made; none where nobody knows
   * @param view the newest of them, or what takes its place
   * @param seen what the list may hold without adding it, in the order of their keys
   * @param isWhole whether the list was made from all of {@code seen}, so what it lacks goes
   */
  private record Base(
      Set<ChatView> views, ChatView view, List<ChatView.Place> seen, boolean isWhole) {
    private static Base of(ChatView view, boolean isWhole) {
      return new Base(Set.of(), view, view.places(), isWhole);
    }

    private boolean knows(ChatOrigins.Origin origin) {
      return views.isEmpty() || views.contains(origin.view());
    }
  }

  private final Space space;
  private final String messages;
  private final String ids;
  private final Form<M> form;
  private final SecureRandom random = new SecureRandom();

  /** The time in the last key: a thread that reads from a member that is behind keeps its order. */
  private final AtomicLong lastTime = new AtomicLong();

  /** Deletions of which nobody knows the outcome, by the ids of their chats. */
  private final Map<String, Deletion> unsettled =
      Collections.synchronizedMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Deletion> eldest) {
              return size() > MAX_UNSETTLED;
            }
          });

  private final ChatOrigins origins = new ChatOrigins();

  /** What a thread read last, of whatever chat; it is let go where memory is short. */
  private final ThreadLocal<SoftReference<ChatView>> lastRead = new ThreadLocal<>();

  /**
   * The chats at a place of a space, which need not be there yet.
   *
   * @param place a JSON Pointer, such as {@code /chats}
   */
  public Chats(Space space, String place, Form<M> form) {
    String why = place.startsWith("/") ? Pointers.whyNone(place).orElse("") : "it begins with no /";
    if (!why.isEmpty()) {
      throw new IllegalArgumentException(
          "chats stand at a JSON Pointer, not at " + place + ": " + why);
    }
    this.space = space;
    this.messages = Pointers.child(place, "messages");
    this.ids = Pointers.child(place, "ids");
    this.form = form;
  }

  /**
   * The messages of a chat, oldest first; none where there is no such chat. The list is the
   * caller's to change.
   *
   * @throws IllegalStateException where something else than messages of this form stands
   */
  public List<M> read(String id) {
    Found<M> found = look(id);
    ChatView view = found.view();
    for (int i = 0; i < view.places().size(); i++) {
      origins.add(
          found.messages().get(i), new ChatOrigins.Origin(view, view.places().get(i), true));
    }
    lastRead.set(new SoftReference<>(view));
    return found.messages();
  }

  /**
   * Writes a list that was made from one that was read. When it returns, the change is durable;
   * where nothing changed, nothing is sent.
   *
   * <p>After an {@link OutcomeUnknownException} the messages may be there or may still come: read
   * before you add them again.
   *
   * @throws IllegalArgumentException where a message cannot be kept; nothing is written then
   */
  public void overwrite(String id, List<? extends M> list) {
    Base base = base(id, list, takeLastRead(id));
    List<ChatDiff.Entry> seen =
        base.seen().stream()
            .map(place -> new ChatDiff.Entry(place.key(), place.isSystem()))
            .toList();
    List<ChatDiff.Item> items = items(id, base, list);
    long now = Math.max(System.currentTimeMillis(), lastTime.get() + 1);
    ChatDiff diff =
        base.isWhole()
            ? ChatDiff.between(seen, items, now, random)
            : ChatDiff.additions(seen, items, now, random);
    lastTime.accumulateAndGet(diff.lastTime(), Math::max);
    Change change = new Change(id, base.view().version());
    List<ChatView.Place> brought = new ArrayList<>();
    diff.sets()
        .forEach((key, index) -> {
          Json message = form(id, index, list.get(index));
          change.sets.put(key, message);
          brought.add(new ChatView.Place(key, items.get(index).isSystem(), message));
        });
    diff.removed().stream()
        .map(base.seen()::get)
        .forEach(gone -> change.removed.put(gone.key(), gone.form()));
    Set<String> removed = Set.copyOf(change.removed.keySet());
    space.retrying(Chats::isConflict, change::commit);
    base.view().removed().addAll(removed);
    brought.forEach(place ->
        origins.add(
            list.get(diff.sets().get(place.key())),
            new ChatOrigins.Origin(base.view(), place, false)));
  }

  /** What this thread read last, where that is this chat and serves no other write; else null. */
  private ChatView takeLastRead(String id) {
    SoftReference<ChatView> last = lastRead.get();
    ChatView view = last == null ? null : last.get();
    if (view == null || !view.chat().equals(id)) {
      return null;
    }
    lastRead.remove();
    return view;
  }

  private Base base(String id, List<? extends M> list, ChatView lastRead) {
    List<ChatOrigins.Origin> known = new ArrayList<>();
    list.forEach(message -> known.addAll(origins.of(message, id)));
    Set<ChatView> views =
        known.stream()
            .filter(ChatOrigins.Origin::isGiven)
            .map(ChatOrigins.Origin::view)
            .collect(Collectors.toSet());
    if (!views.isEmpty()) {
      return base(views, known);
    }
    if (lastRead == null || !known.isEmpty()) {
      return Base.of(look(id).view(), false);
    }
    if (lastRead.places().isEmpty()) {
      return Base.of(lastRead, true);
    }
    ChatView now = look(id).view();
    if (now.places().equals(lastRead.places())) {
      return Base.of(lastRead, true);
    }
    Set<Json> forms =
        lastRead.places().stream().map(ChatView.Place::form).collect(Collectors.toSet());
    boolean hasCopies = list.stream().anyMatch(message -> forms.contains(form.write(message)));
    return Base.of(hasCopies ? now : lastRead, false);
  }

  /**
   * All that the readings had, and what lists made from them brought and this list still has. Where
   * there are several, nobody knows what was left out on purpose.
   */
  private static Base base(Set<ChatView> views, List<ChatOrigins.Origin> known) {
    Map<String, ChatView.Place> seen = new TreeMap<>();
    views.forEach(view -> view.places().forEach(place -> seen.put(place.key(), place)));
    known.stream()
        .filter(origin -> views.contains(origin.view()))
        .forEach(origin -> seen.put(origin.place().key(), origin.place()));
    views.forEach(view -> seen.keySet().removeAll(view.removed()));
    ChatView newest = Collections.max(views, Comparator.comparingLong(ChatView::version));
    return new Base(views, newest, List.copyOf(seen.values()), views.size() == 1);
  }

  /**
   * Deletes a chat with all that stands there when this is called, however long it is. What comes
   * after that stays.
   *
   * <p>After an {@link OutcomeUnknownException} the next call for this chat is the same deletion:
   * it is sent again, and removes nothing that came since the first call. The call after that one
   * is a new one.
   */
  public void delete(String id) {
    takeLastRead(id);
    Deletion known = unsettled.remove(id);
    Deletion deletion = known == null ? new Deletion(id) : known;
    try {
      space.retrying(Chats::isConflict, deletion::commit);
    } catch (MnemogridException e) {
      deletion.isOpen |= e instanceof OutcomeUnknownException;
      if (deletion.isOpen && !isForGood(e)) {
        unsettled.put(id, deletion);
      }
      throw e;
    }
  }

  /** Whether the same change is refused again whenever it is sent. */
  private static boolean isForGood(MnemogridException failure) {
    return failure instanceof ProblemException refusal
        && REFUSED_FOR_GOOD.contains(refusal.status())
        && !isConflict(refusal);
  }

  /** The ids of all chats, sorted. */
  public List<String> ids() {
    Json found = space.find(ids).orElse(Json.Obj.EMPTY);
    if (!(found instanceof Json.Obj chats)) {
      throw new IllegalStateException("no ids of chats stand at " + ids + " of " + space.name());
    }
    return List.copyOf(chats.members().keySet());
  }

  /**
   * A change on its way. A place that somebody else has changed meanwhile refuses it; then only
   * those messages are deleted that still are what was seen.
   */
  private final class Change {
    private final String id;
    private final Map<String, Json> sets = new LinkedHashMap<>();
    private final Map<String, Json> removed = new LinkedHashMap<>();
    private long version;
    private boolean isRefused;

    private Change(String id, long version) {
      this.id = id;
      this.version = version;
    }

    private Optional<Committed> commit() {
      if (isRefused) {
        meet(look(id).view());
      }
      isRefused = true; // unless this returns
      Delta delta = delta(version);
      removed.keySet().forEach(key -> delta.delete(Pointers.child(place(id), key)));
      sets.forEach((key, message) -> delta.set(Pointers.child(place(id), key), message));
      if (!sets.isEmpty()) {
        delta.set(Pointers.child(ids, id), true); // where it is true already, nothing changes
      }
      return delta.isEmpty() ? Optional.empty() : Optional.of(space.commit(delta));
    }

    private void meet(ChatView now) {
      version = now.version();
      Map<String, Json> standing = new HashMap<>();
      now.places().forEach(place -> standing.put(place.key(), place.form()));
      removed.entrySet().removeIf(gone -> !gone.getValue().equals(standing.get(gone.getKey())));
    }
  }

  /**
   * A deletion of what stood at one version. Its first commit is one and the same however often it
   * is sent. Where others have written meanwhile that commit is refused, and what they wrote is all
   * that a further one leaves.
   */
  private final class Deletion {
    private final String id;
    private final String place;
    private Delta first;
    private boolean isRefused;

    /** Whether a sending of it may be in the log, or may still come there. */
    private boolean isOpen;

    /** The version up to which {@link #since} was read. */
    private long version;

    /** What was written after the version of the deletion and stands, by its key. */
    private final Map<String, Json> since = new TreeMap<>();

    private Deletion(String id) {
      this.id = id;
      this.place = place(id);
    }

    private Optional<Committed> commit() {
      if (isRefused) {
        meet();
        return Optional.of(space.commit(since.isEmpty() ? all() : others()));
      }
      if (first == null) {
        Space.Seen seen = space.see(Pointers.child(ids, id));
        if (seen.value().isEmpty() && !space.stands(place)) {
          return Optional.empty();
        }
        version = Reading.versionIn(seen.etag());
        first = all();
      }
      try {
        return Optional.of(space.commit(first));
      } catch (ProblemException e) {
        isRefused = isConflict(e);
        throw e;
      }
    }

    private Delta all() {
      return delta(version).delete(place).delete(Pointers.child(ids, id));
    }

    /** What stands as it should is not touched by a set, and keeps its author. */
    private Delta others() {
      return delta(version).set(place, since).set(Pointers.child(ids, id), true);
    }

    private void meet() {
      Set<String> touched = new TreeSet<>();
      space
          .updates(version)
          .forEach(update -> {
            version = update.version();
            update.changes().stream()
                .map(Update.Change::path)
                .filter(path -> Pointers.isAbove(place, path))
                .forEach(path -> touched.add(Pointers.nextStep(place, path)));
          });
      for (String path : touched) {
        List<String> segments = Pointers.segments(path);
        String key = segments.get(segments.size() - 1);
        space
            .find(path, version)
            .ifPresentOrElse(stands -> since.put(key, stands), () -> since.remove(key));
      }
    }
  }

  private static boolean isConflict(ProblemException refusal) {
    return refusal.code().equals("strict-conflict");
  }

  private static Delta delta(long base) {
    return new Delta().base(base).strict().type("chat");
  }

  private String place(String id) {
    String place = Pointers.child(messages, id);
    Pointers.whyNone(place)
        .ifPresent(why -> {
          throw new IllegalArgumentException("no chat can have this id: " + why);
        });
    return place;
  }

  private Found<M> look(String id) {
    String place = place(id);
    Space.Seen seen = space.see(place);
    Json value = seen.value().orElse(Json.Obj.EMPTY);
    if (!(value instanceof Json.Obj chat)) {
      throw new IllegalStateException("no chat stands at " + place + " of " + space.name());
    }
    List<M> found = new ArrayList<>();
    List<ChatView.Place> places = new ArrayList<>();
    chat.members()
        .forEach((key, stored) -> {
          M message = message(place, key, stored);
          found.add(message);
          places.add(new ChatView.Place(key, form.isSystem(message), stored));
        });
    return new Found<>(new ChatView(id, Reading.versionIn(seen.etag()), places), found);
  }

  private M message(String place, String key, Json stored) {
    String at = Pointers.child(place, key) + " of " + space.name();
    if (!KEY.matcher(key).matches()) {
      throw new IllegalStateException(at + " is no message of a chat: delete it, or move it");
    }
    try {
      return form.read(stored);
    } catch (RuntimeException e) {
      throw new IllegalStateException(at + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Which message of the base each message of a list is: the one that this object is known for,
   * else the next one of the same form.
   */
  private List<ChatDiff.Item> items(String id, Base base, List<? extends M> list) {
    Map<String, Integer> left = new HashMap<>();
    for (int i = 0; i < base.seen().size(); i++) {
      left.put(base.seen().get(i).key(), i);
    }
    int[] found = new int[list.size()];
    for (int i = 0; i < list.size(); i++) {
      found[i] =
          origins.of(list.get(i), id).stream()
              .filter(base::knows)
              .map(origin -> left.remove(origin.place().key()))
              .filter(Objects::nonNull)
              .findFirst()
              .orElse(ChatDiff.NEW);
    }
    Map<Json, TreeSet<Integer>> byForm = new HashMap<>();
    left.values()
        .forEach(
            i -> byForm.computeIfAbsent(base.seen().get(i).form(), same -> new TreeSet<>()).add(i));
    List<ChatDiff.Item> items = new ArrayList<>();
    int last = ChatDiff.NEW;
    for (int i = 0; i < found.length; i++) {
      if (found[i] == ChatDiff.NEW && !byForm.isEmpty()) {
        found[i] = next(byForm.get(form(id, i, list.get(i))), last);
      }
      last = Math.max(last, found[i]);
      items.add(new ChatDiff.Item(found[i], form.isSystem(list.get(i))));
    }
    return items;
  }

  /** Takes the first one behind {@code last}, else the first one. */
  private static int next(TreeSet<Integer> left, int last) {
    if (left == null || left.isEmpty()) {
      return ChatDiff.NEW;
    }
    Integer behind = left.higher(last);
    int taken = behind == null ? left.first() : behind;
    left.remove(taken);
    return taken;
  }

  private Json form(String id, int index, M message) {
    try {
      return form.write(message);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "message " + index + " of the list for chat " + id + " cannot be kept: " + e.getMessage(),
          e);
    }
  }
}
