package io.mnemogrid.client;

import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The messages of a chat that were read at one version. Two of them are the same only where they
 * are one object. Thread-safe.
 */
final class ChatView {
  /**
   * A message where it stands.
   *
   * @param key its key among the messages of the chat
   * @param form what stands there
   */
  record Place(String key, boolean isSystem, Json form) {}

  private final String chat;
  private final long version;
  private final List<Place> places;

  /** Keys of messages that lists made from this one have removed. */
  private final Set<String> removed = ConcurrentHashMap.newKeySet();

  /**
   * A reading.
   *
   * @param places in the order of their keys
   */
  ChatView(String chat, long version, List<Place> places) {
    this.chat = chat;
    this.version = version;
    this.places = List.copyOf(places);
  }

  String chat() {
    return chat;
  }

  long version() {
    return version;
  }

  List<Place> places() {
    return places;
  }

  Set<String> removed() {
    return removed;
  }
}
