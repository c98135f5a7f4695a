package io.mnemogrid.springai;

import io.mnemogrid.client.Chats;
import io.mnemogrid.client.Space;
import java.util.List;
import java.util.function.Predicate;
import org.springframework.ai.chat.memory.ChatMemoryRepository;
import org.springframework.ai.chat.messages.Message;

/**
 * A {@link ChatMemoryRepository} in a space. A list that is saved is not put in place of what
 * stands: what it has besides the list that it was made from is added, and what it lacks is
 * deleted. So agents that use one conversation at once, in one process or in several, lose no
 * message of each other. Thread-safe; {@link Chats} has the rules.
 *
 * <p>Kept of a message are its text, metadata, tool calls, tool responses and media. What is not
 * one of Spring AI's four kinds of messages, and what is no JSON in metadata, is refused.
 *
 * <p>What a member refuses or does not answer is a {@link io.mnemogrid.client.MnemogridException}.
 */
public final class MnemogridChatMemoryRepository implements ChatMemoryRepository {
  private final Chats<Message> chats;

  /** The conversations at {@code /chats} of a space, with all metadata. */
  public MnemogridChatMemoryRepository(Space space) {
    this(space, "/chats", key -> true);
  }

  /**
   * The conversations at a place of a space.
   *
   * @param place a JSON Pointer, which no other program writes below
   * @param metadata which members of a message's metadata are kept; the others are left out
   */
  public MnemogridChatMemoryRepository(Space space, String place, Predicate<String> metadata) {
    this.chats = new Chats<>(space, place, new MessageForm(metadata));
  }

  /** The ids of all conversations, sorted. */
  @Override
  public List<String> findConversationIds() {
    return chats.ids();
  }

  @Override
  public List<Message> findByConversationId(String conversationId) {
    return chats.read(conversationId);
  }

  /**
   * Writes what {@code messages} changes of the list that it was made from, which its message
   * objects tell. {@link Chats} says what becomes of a list without an object that was read.
   *
   * @throws IllegalArgumentException where a message cannot be kept; nothing is written then
   */
  @Override
  public void saveAll(String conversationId, List<Message> messages) {
    chats.overwrite(conversationId, messages);
  }

  @Override
  public void deleteByConversationId(String conversationId) {
    chats.delete(conversationId);
  }
}
