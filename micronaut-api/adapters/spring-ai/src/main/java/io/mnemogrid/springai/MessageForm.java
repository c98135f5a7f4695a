package io.mnemogrid.springai;

import io.mnemogrid.client.Chats;
import io.mnemogrid.client.Json;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.springframework.ai.chat.messages.AbstractMessage;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeType;

/**
 * The JSON of a message of Spring AI, which has none of its own: {@code type}, {@code text}, {@code
 * metadata}, {@code tool_calls}, {@code responses} and {@code media}; what is empty is left out.
 */
final class MessageForm implements Chats.Form<Message> {
  private final Predicate<String> isKept;

  /** A form that keeps these members of the metadata. */
  MessageForm(Predicate<String> isKept) {
    this.isKept = isKept;
  }

  @Override
  public Json write(Message message) {
    Map<String, Object> form = new TreeMap<>();
    form.put("type", message.getMessageType().name().toLowerCase(Locale.ROOT));
    put(form, "metadata", metadata(message.getMetadata()));
    // A class of somebody else may have members that this form does not know.
    Class<?> kind = message.getClass();
    if (kind == UserMessage.class && message instanceof UserMessage user) {
      form.put("text", user.getText());
      put(form, "media", media(user.getMedia()));
    } else if (kind == AssistantMessage.class && message instanceof AssistantMessage assistant) {
      putText(form, assistant.getText());
      put(form, "media", media(assistant.getMedia()));
      put(
          form,
          "tool_calls",
          assistant.getToolCalls().stream().map(MessageForm::toolCall).toList());
    } else if (kind == SystemMessage.class) {
      form.put("text", message.getText());
    } else if (kind == ToolResponseMessage.class && message instanceof ToolResponseMessage tool) {
      form.put("responses", tool.getResponses().stream().map(MessageForm::response).toList());
    } else {
      throw new IllegalArgumentException(
          "a "
              + kind.getName()
              + " may have members that are not known here: save one of Spring AI's own messages");
    }
    return Json.of(form);
  }

  private static void putText(Map<String, Object> form, @Nullable String text) {
    if (text != null) {
      form.put("text", text);
    }
  }

  private static void put(Map<String, Object> form, String name, Object part) {
    if (!part.equals(List.of()) && !part.equals(Map.of())) {
      form.put(name, part);
    }
  }

  private Map<String, Json> metadata(Map<String, Object> metadata) {
    Map<String, Json> kept = new TreeMap<>();
    metadata.forEach((key, value) -> {
      if (!key.equals(AbstractMessage.MESSAGE_TYPE) && isKept.test(key)) {
        try {
          kept.put(key, Json.of(value));
        } catch (IllegalArgumentException e) {
          throw new IllegalArgumentException(
              "its metadata has at "
                  + key
                  + " what is no JSON ("
                  + e.getMessage()
                  + "); make the repository with a predicate that leaves it out",
              e);
        }
      }
    });
    return kept;
  }

  private static Map<String, String> toolCall(AssistantMessage.ToolCall call) {
    return Map.of(
        "id", call.id(), "type", call.type(), "name", call.name(), "arguments", call.arguments());
  }

  private static Map<String, String> response(ToolResponseMessage.ToolResponse response) {
    return Map.of("id", response.id(), "name", response.name(), "data", response.responseData());
  }

  private static List<Map<String, String>> media(List<Media> all) {
    List<Map<String, String>> forms = new ArrayList<>();
    for (Media media : all) {
      Map<String, String> form = new TreeMap<>();
      form.put("mime", media.getMimeType().toString());
      form.put("name", media.getName());
      String id = media.getId();
      if (id != null) {
        form.put("id", id);
      }
      if (media.getData() instanceof byte[] bytes) {
        form.put("base64", Base64.getEncoder().encodeToString(bytes));
      } else if (media.getData() instanceof String text) {
        form.put("data", text);
      } else {
        throw new IllegalArgumentException(
            "its media has a "
                + media.getData().getClass().getName()
                + " as data: give bytes, or the address as text");
      }
      forms.add(form);
    }
    return forms;
  }

  @Override
  public Message read(Json form) {
    Map<String, Object> metadata = new HashMap<>();
    form.member("metadata")
        .ifPresent(all -> all.members().forEach((key, value) -> metadata.put(key, value.plain())));
    String type = text(form, "type").toUpperCase(Locale.ROOT);
    return switch (MessageType.valueOf(type)) {
      case USER ->
          UserMessage.builder()
              .text(text(form, "text"))
              .media(items(form, "media", MessageForm::readMedia))
              .metadata(metadata)
              .build();
      case ASSISTANT ->
          AssistantMessage.builder()
              .content(form.member("text").map(Json::text).orElse(null))
              .media(items(form, "media", MessageForm::readMedia))
              .toolCalls(
                  items(
                      form,
                      "tool_calls",
                      call ->
                          new AssistantMessage.ToolCall(
                              text(call, "id"),
                              text(call, "type"),
                              text(call, "name"),
                              text(call, "arguments"))))
              .properties(metadata)
              .build();
      case SYSTEM -> SystemMessage.builder().text(text(form, "text")).metadata(metadata).build();
      case TOOL ->
          ToolResponseMessage.builder()
              .responses(
                  items(
                      form,
                      "responses",
                      response ->
                          new ToolResponseMessage.ToolResponse(
                              text(response, "id"),
                              text(response, "name"),
                              text(response, "data"))))
              .metadata(metadata)
              .build();
    };
  }

  private static Media readMedia(Json form) {
    Media.Builder media =
        Media.builder()
            .mimeType(MimeType.valueOf(text(form, "mime")))
            .name(text(form, "name"))
            .data(
                form.member("base64")
                    .<Object>map(bytes -> Base64.getDecoder().decode(bytes.text()))
                    .orElseGet(() -> text(form, "data")));
    form.member("id").ifPresent(id -> media.id(id.text()));
    return media.build();
  }

  private static <T> List<T> items(Json form, String name, Function<Json, T> read) {
    return form.member(name)
        .map(items -> items.items().stream().map(read).toList())
        .orElse(List.of());
  }

  private static String text(Json form, String name) {
    return form.member(name)
        .map(Json::text)
        .orElseThrow(() -> new IllegalArgumentException("it has no " + name));
  }

  @Override
  public boolean isSystem(Message message) {
    return message.getMessageType() == MessageType.SYSTEM;
  }
}
