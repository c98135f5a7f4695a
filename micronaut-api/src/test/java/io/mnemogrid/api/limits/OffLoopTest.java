package io.mnemogrid.api.limits;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micronaut.http.HttpRequest;
import io.micronaut.http.MutableHttpRequest;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.Test;

class OffLoopTest {
  @Test
  void onlyAShortBodyOfKnownLengthIsQuick() {
    assertThat(OffLoop.isQuick(of(Integer.toString(OffLoop.QUICK_BYTES)))).isTrue();
    assertThat(OffLoop.isQuick(of(Integer.toString(OffLoop.QUICK_BYTES + 1)))).isFalse();
    assertThat(OffLoop.isQuick(of("1").header("Content-Encoding", "gzip"))).isFalse();
    assertThat(OffLoop.isQuick(HttpRequest.POST("/", "{}"))).isFalse();
  }

  private static MutableHttpRequest<?> of(String length) {
    return HttpRequest.POST("/", "{}").header("Content-Length", length);
  }

  @Test
  void failsWithWhatTheTaskThrows() {
    try (ExecutorService virtual = Executors.newVirtualThreadPerTaskExecutor()) {
      OffLoop offLoop = new OffLoop(virtual);
      assertThat(offLoop.compose(() -> CompletableFuture.completedFuture(7)).join()).isEqualTo(7);
      assertThatThrownBy(() ->
              offLoop
                  .run(() -> {
                    throw new IllegalArgumentException("no");
                  })
                  .get())
          .hasRootCauseInstanceOf(IllegalArgumentException.class);
    }
  }
}
