package io.mnemogrid.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageDeserializer;
import dev.langchain4j.data.message.ChatMessageSerializer;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.store.memory.chat.ChatMemoryStore;
import io.mnemogrid.client.Chats;
import io.mnemogrid.client.Json;
import io.mnemogrid.client.Space;
import java.util.List;
import java.util.Map;

/**
 * A {@link ChatMemoryStore} in a space. A list that is written is not put in place of what stands:
 * what it has besides the list that it was made from is added, and what it lacks is deleted. So
 * agents that use one memory id at once, in one process or in several, lose no message of each
 * other. Thread-safe; {@link Chats} has the rules.
 *
 * <p>A memory id is kept as its text ({@code toString}): 1 and "1" are one memory. Messages stand
 * as LangChain4j's own JSON. An attribute that is no JSON is refused; one that is a number comes
 * back as an Integer, a Long or a Double.
 *
 * <p>What a member refuses or does not answer is a {@link io.mnemogrid.client.MnemogridException}.
 */
public final class MnemogridChatMemoryStore implements ChatMemoryStore {
  private final Chats<ChatMessage> chats;

  /** The memories at {@code /chats} of a space. */
  public MnemogridChatMemoryStore(Space space) {
    this(space, "/chats");
  }

  /**
   * The memories at a place of a space.
   *
   * @param place a JSON Pointer, which no other program writes below
   */
  public MnemogridChatMemoryStore(Space space, String place) {
    this.chats = new Chats<>(space, place, new MessageForm());
  }

  @Override
  public List<ChatMessage> getMessages(Object memoryId) {
    return chats.read(memoryId.toString());
  }

  /**
   * Writes what {@code messages} changes of the list that it was made from, which its message
   * objects tell. {@link Chats} says what becomes of a list without an object that was read.
   *
   * @throws IllegalArgumentException where a message cannot be kept; nothing is written then
   */
  @Override
  public void updateMessages(Object memoryId, List<ChatMessage> messages) {
    chats.overwrite(memoryId.toString(), messages);
  }

  @Override
  public void deleteMessages(Object memoryId) {
    chats.delete(memoryId.toString());
  }

  /** Messages as LangChain4j writes them. */
  static final class MessageForm implements Chats.Form<ChatMessage> {
    @Override
    public Json write(ChatMessage message) {
      Json.of(attributes(message)); // before Jackson makes members of the fields of any object
      return Json.parse(ChatMessageSerializer.messageToJson(message));
    }

    private static Map<String, Object> attributes(ChatMessage message) {
      if (message instanceof UserMessage user) {
        return user.attributes();
      }
      if (message instanceof AiMessage ai) {
        return ai.attributes();
      }
      if (message instanceof ToolExecutionResultMessage result) {
        return result.attributes();
      }
      if (message instanceof CustomMessage custom) {
        return custom.attributes();
      }
      if (message instanceof SystemMessage) {
        return Map.of();
      }
      throw new IllegalArgumentException(
          "LangChain4j has no JSON for a " + message.getClass().getName());
    }

    @Override
    public ChatMessage read(Json form) {
      return ChatMessageDeserializer.messageFromJson(form.canonical());
    }

    @Override
    public boolean isSystem(ChatMessage message) {
      return message instanceof SystemMessage;
    }
  }
}
