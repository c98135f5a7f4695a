package io.mnemogrid.client;

import java.lang.ref.SoftReference;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Chats in a space, for frameworks that read the messages of a chat as a list and write it back
 * whole. A list that is written is compared with the one that was read: what it has besides is
 * added, what it lacks is deleted, and what others added meanwhile stays. So any number of threads
 * and processes may use one chat, and no message is lost. Thread-safe.
 *
 * <p><b>What a list is compared with.</b> The list that this object last gave out for that chat to
 * the same thread, once: each {@link #overwrite} uses it up. A thread that writes without having
 * read has its list compared with what stands: what is new is added, and nothing is deleted. A
 * thread keeps the lists of the last {@value #MAX_BASES} chats that it read, softly: where memory
 * is short one is let go, and a write then deletes nothing.
 *
 * <p><b>Where it stands.</b> Each message has a place of its own, {@code
 * PLACE/messages/<id>/<key>}; the keys are in the order of the messages. {@code PLACE/ids/<id>} is
 * true for each chat. A message that is the object that was given out is the same message; any
 * other is compared by its form.
 *
 * <p><b>A system message</b> that is written where another one was removed takes its place. Of two
 * threads that do this at once the later one wins; the log has both.
 *
 * @param <M> the messages of the framework
 */
public final class Chats<M> {
  /** Chats of which a thread keeps the list that it read last. */
  static final int MAX_BASES = 16;

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
     * The message that a form was made from.
     *
     * @throws IllegalArgumentException for what {@link #write} never makes
     */
    M read(Json form);

    /** Whether the message is one of the system, of which a chat wants the newest. */
    boolean isSystem(M message);
  }

  /** A message and its place. */
  private record Kept<M>(String key, M message) {}

  /** A list that was given out, and the version that it had. */
  private record Base<M>(List<Kept<M>> messages, long version) {}

  private final Space space;
  private final String messages;
  private final String ids;
  private final Form<M> form;
  private final SecureRandom random = new SecureRandom();

  /** The time in the last key: a thread that reads from a member that is behind keeps its order. */
  private final AtomicLong lastTime = new AtomicLong();

  private final ThreadLocal<Bases<M>> bases = ThreadLocal.withInitial(Bases::new);

  /** The lists that a thread read last, by the ids of their chats. */
  private static final class Bases<M> extends LinkedHashMap<String, SoftReference<Base<M>>> {
    private static final long serialVersionUID = 1;

    @Override
    protected boolean removeEldestEntry(Map.Entry<String, SoftReference<Base<M>>> eldest) {
      return size() > MAX_BASES;
    }
  }

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
    Base<M> base = look(id);
    Bases<M> mine = bases.get();
    mine.remove(id); // so that it becomes the youngest
    mine.put(id, new SoftReference<>(base));
    List<M> list = new ArrayList<>();
    base.messages().forEach(kept -> list.add(kept.message()));
    return list;
  }

  /**
   * Writes a list that was made from the one that this thread read last. When it returns, the
   * change is durable; where nothing changed, nothing is sent.
   *
   * <p>After an {@link OutcomeUnknownException} the messages may be there or may still come: read
   * before you add them again.
   *
   * @throws IllegalArgumentException where a message cannot be kept; nothing is written then
   */
  public void overwrite(String id, List<? extends M> list) {
    SoftReference<Base<M>> given = bases.get().remove(id);
    Base<M> read = given == null ? null : given.get();
    Base<M> base = read == null ? look(id) : read;
    List<ChatDiff.Entry> seen = new ArrayList<>();
    base.messages()
        .forEach(kept -> seen.add(new ChatDiff.Entry(kept.key(), form.isSystem(kept.message()))));
    List<ChatDiff.Item> items = items(id, base, list);
    long now = Math.max(System.currentTimeMillis(), lastTime.get() + 1);
    ChatDiff diff =
        read == null
            ? ChatDiff.additions(seen, items, now, random)
            : ChatDiff.between(seen, items, now, random);
    lastTime.accumulateAndGet(diff.lastTime(), Math::max);
    Change change = new Change(id, base.version());
    diff.sets().forEach((key, index) -> change.sets.put(key, form(id, index, list.get(index))));
    diff.removed().stream()
        .map(base.messages()::get)
        .forEach(gone -> change.removed.put(gone.key(), gone.message()));
    space.retrying(Chats::isConflict, change::commit);
  }

  /** Deletes a chat with all that stands there when this is called. */
  public void delete(String id) {
    bases.get().remove(id);
    space.retrying(
        Chats::isConflict,
        () -> {
          Space.Seen seen = space.see(place(id));
          if (seen.value().isPresent()) {
            space.commit(
                delta(Reading.versionIn(seen.etag()))
                    .delete(place(id))
                    .delete(Pointers.child(ids, id)));
          }
          return seen;
        });
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
    private final Map<String, M> removed = new LinkedHashMap<>();
    private long version;
    private boolean isRefused;

    private Change(String id, long version) {
      this.id = id;
      this.version = version;
    }

    private Optional<Committed> commit() {
      if (isRefused) {
        meet(look(id));
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

    private void meet(Base<M> now) {
      version = now.version();
      Map<String, Json> standing = new HashMap<>();
      now.messages().forEach(kept -> standing.put(kept.key(), form.write(kept.message())));
      removed
          .entrySet()
          .removeIf(gone -> !form.write(gone.getValue()).equals(standing.get(gone.getKey())));
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

  private Base<M> look(String id) {
    String place = place(id);
    Space.Seen seen = space.see(place);
    List<Kept<M>> found = new ArrayList<>();
    Json value = seen.value().orElse(Json.Obj.EMPTY);
    if (!(value instanceof Json.Obj chat)) {
      throw new IllegalStateException("no chat stands at " + place + " of " + space.name());
    }
    chat.members().forEach((key, stored) -> found.add(kept(place, key, stored)));
    return new Base<>(found, Reading.versionIn(seen.etag()));
  }

  private Kept<M> kept(String place, String key, Json stored) {
    String at = Pointers.child(place, key) + " of " + space.name();
    if (!KEY.matcher(key).matches()) {
      throw new IllegalStateException(at + " is no message of a chat: delete it, or move it");
    }
    try {
      return new Kept<>(key, form.read(stored));
    } catch (RuntimeException e) {
      throw new IllegalStateException(at + " cannot be read: " + e.getMessage(), e);
    }
  }

  /**
   * Which message of the base each message of a list is: the object that was given out, else the
   * next one of the same form.
   */
  private List<ChatDiff.Item> items(String id, Base<M> base, List<? extends M> list) {
    Map<M, Integer> given = new IdentityHashMap<>();
    for (int i = 0; i < base.messages().size(); i++) {
      given.put(base.messages().get(i).message(), i);
    }
    int[] found = new int[list.size()];
    for (int i = 0; i < list.size(); i++) {
      Integer same = given.remove(list.get(i));
      found[i] = same == null ? ChatDiff.NEW : same;
    }
    Map<Json, TreeSet<Integer>> byForm = new HashMap<>();
    given.forEach((message, i) ->
        byForm.computeIfAbsent(form.write(message), form -> new TreeSet<>()).add(i));
    List<ChatDiff.Item> items = new ArrayList<>();
    int last = ChatDiff.NEW;
    for (int i = 0; i < found.length; i++) {
      if (found[i] == ChatDiff.NEW && !given.isEmpty()) {
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
