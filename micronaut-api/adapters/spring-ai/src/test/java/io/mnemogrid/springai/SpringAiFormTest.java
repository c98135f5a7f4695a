package io.mnemogrid.springai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.mnemogrid.client.Json;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;
import org.springframework.ai.chat.messages.AbstractMessage;
import org.springframework.ai.chat.messages.AssistantMessage;
import org.springframework.ai.chat.messages.Message;
import org.springframework.ai.chat.messages.MessageType;
import org.springframework.ai.chat.messages.SystemMessage;
import org.springframework.ai.chat.messages.ToolResponseMessage;
import org.springframework.ai.chat.messages.UserMessage;
import org.springframework.ai.content.Media;
import org.springframework.util.MimeType;

class SpringAiFormTest {
  private static final MessageForm FORM = new MessageForm(key -> true);

  static final List<Message> MESSAGES =
      List.of(
          new SystemMessage("You are \"terse\".\n\u0000é🙂"),
          new UserMessage("hi"),
          UserMessage.builder()
              .text("look")
              .metadata(Map.of("turn", 7L, "share", 0.5, "tags", List.of("a", Map.of("b", true))))
              .build(),
          new AssistantMessage("hello"),
          AssistantMessage.builder()
              .content("I look it up")
              .properties(Map.of("finishReason", "TOOL_CALLS"))
              .toolCalls(
                  List.of(new AssistantMessage.ToolCall("1", "function", "find", "{\"q\":1.0}")))
              .build(),
          AssistantMessage.builder()
              .toolCalls(List.of(new AssistantMessage.ToolCall("1", "function", "find", "{}")))
              .build(),
          ToolResponseMessage.builder()
              .responses(
                  List.of(
                      new ToolResponseMessage.ToolResponse("1", "find", "nothing"),
                      new ToolResponseMessage.ToolResponse("2", "find", "")))
              .metadata(Map.of("tries", 2L))
              .build());

  @ParameterizedTest
  @FieldSource("MESSAGES")
  void keepsAllOfAMessage(Message message) {
    Message back = FORM.read(FORM.write(message));
    assertThat(back).isEqualTo(message).hasSameClassAs(message);
    assertThat(back.getMetadata()).isEqualTo(message.getMetadata());
    assertThat(FORM.write(back)).isEqualTo(FORM.write(message));
    assertThat(FORM.isSystem(message)).isEqualTo(message instanceof SystemMessage);
  }

  @Test
  void keepsMediaAsBytesOrAddress() {
    UserMessage message =
        UserMessage.builder()
            .text("look")
            .media(
                Media.builder()
                    .mimeType(MimeType.valueOf("image/png"))
                    .data(new byte[] {1, -2})
                    .id("7")
                    .name("a")
                    .build(),
                new Media(MimeType.valueOf("image/gif"), URI.create("https://example.org/a.gif")))
            .build();
    List<Media> back = ((UserMessage) FORM.read(FORM.write(message))).getMedia();
    assertThat(back).hasSize(2);
    for (int i = 0; i < 2; i++) {
      assertThat(back.get(i)).usingRecursiveComparison().isEqualTo(message.getMedia().get(i));
    }
  }

  /** A message that somebody else's class makes richer. */
  private static final class Richer extends AbstractMessage {
    private Richer() {
      super(MessageType.USER, "hi", Map.of());
    }
  }

  @Test
  void refusesWhatItDoesNotKeepUnlessItIsToldToLeaveItOut() {
    Message message =
        AssistantMessage.builder()
            .content("x")
            .properties(Map.of("took", Duration.ofSeconds(1), "id", "7"))
            .build();
    assertThatThrownBy(() -> FORM.write(message))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("at took")
        .hasMessageContaining("java.time.Duration");
    assertThat(new MessageForm(key -> !key.equals("took")).write(message).canonical())
        .isEqualTo("{\"metadata\":{\"id\":\"7\"},\"text\":\"x\",\"type\":\"assistant\"}");
    assertThatThrownBy(() -> FORM.write(new Richer()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("Richer may have members that are not known here");
    UserMessage image =
        UserMessage.builder()
            .text("x")
            .media(Media.builder().mimeType(MimeType.valueOf("a/b")).data(new HashMap<>()).build())
            .build();
    assertThatThrownBy(() -> FORM.write(image))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.util.HashMap as data");
  }

  @Test
  void saysWhatAForeignMessageLacks() {
    assertThatThrownBy(() -> FORM.read(Json.parse("{\"type\":\"user\"}")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("it has no text");
  }
}
