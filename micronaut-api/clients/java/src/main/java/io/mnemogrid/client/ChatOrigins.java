package io.mnemogrid.client;

import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which messages of which chats an object is. An object is known by its identity, and as long as it
 * lives; it may be in several chats, and twice in one. Thread-safe.
 */
final class ChatOrigins {
  /** Places that are known of one object; of a constant that is in more, the newest are. */
  static final int MAX_OF_ONE = 16;

  /**
   * A place of an object.
   *
   * @param view the reading that gave the object out, or from which the list was made that brought
   *     it
   * @param isGiven whether it was given out, and not brought
   */
  record Origin(ChatView view, ChatView.Place place, boolean isGiven) {}

  private final Map<Identity, List<Origin>> origins = new ConcurrentHashMap<>();
  private final ReferenceQueue<Object> gone = new ReferenceQueue<>();

  /** An object that is compared by identity; after its end it equals nothing but itself. */
  private static final class Identity extends WeakReference<Object> {
    private final int hash;

    private Identity(Object object, ReferenceQueue<Object> gone) {
      super(object, gone);
      this.hash = System.identityHashCode(object);
    }

    @Override
    public int hashCode() {
      return hash;
    }

    @Override
    public boolean equals(Object other) {
      return this == other
          || (other instanceof Identity that && get() != null && get() == that.get());
    }
  }

  void add(Object message, Origin origin) {
    for (Reference<?> end = gone.poll(); end != null; end = gone.poll()) {
      origins.remove(end);
    }
    origins.merge(new Identity(message, gone), List.of(origin), ChatOrigins::both);
  }

  private static List<Origin> both(List<Origin> old, List<Origin> more) {
    List<Origin> all = new ArrayList<>(old);
    all.addAll(more);
    return List.copyOf(all.subList(Math.max(0, all.size() - MAX_OF_ONE), all.size()));
  }

  /** The places of an object in a chat, those first that it was known for first. */
  List<Origin> of(Object message, String chat) {
    return origins.getOrDefault(new Identity(message, null), List.of()).stream()
        .filter(origin -> origin.view().chat().equals(chat))
        .toList();
  }
}
