package io.mnemogrid.langchain4j;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.langchain4j.agent.tool.ToolExecutionRequest;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.AudioContent;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.ChatMessageType;
import dev.langchain4j.data.message.CustomMessage;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.PdfFileContent;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.data.message.VideoContent;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.FieldSource;

class LangChain4jFormTest {
  private static final MnemogridChatMemoryStore.MessageForm FORM =
      new MnemogridChatMemoryStore.MessageForm();

  static final List<ChatMessage> MESSAGES =
      List.of(
          SystemMessage.from("You are \"terse\".\n\u0000é🙂"),
          UserMessage.from("hi"),
          UserMessage.builder()
              .name("ann")
              .addContent(TextContent.from("look"))
              .addContent(ImageContent.from("aGk=", "image/png", ImageContent.DetailLevel.HIGH))
              .addContent(ImageContent.from("https://example.org/a.png"))
              .addContent(AudioContent.from("aGk=", "audio/wav"))
              .addContent(VideoContent.from("https://example.org/a.mp4"))
              .addContent(PdfFileContent.from("https://example.org/a.pdf"))
              .attributes(Map.of("turn", 7, "share", 0.5, "tags", List.of("a", Map.of("b", true))))
              .build(),
          AiMessage.from("hello"),
          AiMessage.builder()
              .text("I look it up")
              .thinking("hm")
              .toolExecutionRequests(
                  List.of(
                      ToolExecutionRequest.builder()
                          .id("1")
                          .name("find")
                          .arguments("{\"q\":1.0}")
                          .build()))
              .attributes(Map.of("signature", "x"))
              .build(),
          ToolExecutionResultMessage.from("1", "find", "nothing"),
          ToolExecutionResultMessage.builder()
              .id("2")
              .toolName("find")
              .text("no")
              .isError(true)
              .attributes(Map.of("tries", 2))
              .build(),
          CustomMessage.from(Map.of("kind", "note", "level", 3)));

  @ParameterizedTest
  @FieldSource("MESSAGES")
  void keepsAllOfAMessage(ChatMessage message) {
    assertThat(FORM.read(FORM.write(message))).isEqualTo(message);
    assertThat(FORM.write(FORM.read(FORM.write(message)))).isEqualTo(FORM.write(message));
    assertThat(FORM.isSystem(message)).isEqualTo(message.type() == ChatMessageType.SYSTEM);
  }

  @Test
  void refusesWhatItDoesNotKeep() {
    assertThatThrownBy(() ->
            FORM.write(
                AiMessage.builder()
                    .text("x")
                    .attributes(Map.of("took", Duration.ofSeconds(1)))
                    .build()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("java.time.Duration");
    assertThatThrownBy(() -> FORM.write(UserMessage.from("half of \ud83d")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("lone surrogate");
    assertThatThrownBy(() -> FORM.write(() -> ChatMessageType.USER))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("LangChain4j has no JSON for a");
  }
}
