package io.mnemogrid.api.operations;

import io.micronaut.http.HttpResponse;
import io.micronaut.http.annotation.Controller;
import io.micronaut.http.annotation.Get;
import io.mnemogrid.Mnemogrid;
import io.mnemogrid.api.keys.Needs;

/**
 * Tells that the process is alive, on the event loop: whoever asks ends a process that does not
 * answer, so this waits for no thread that has work of others. It reads a flag and nothing else.
 */
@Controller("/health/liveness")
public final class LivenessController {
  private final Mnemogrid grid;

  LivenessController(Mnemogrid grid) {
    this.grid = grid;
  }

  /** Whether the process is a member still; when not, it never will be again. Asks no store. */
  @Get
  @Needs({})
  HttpResponse<byte[]> liveness() {
    boolean alive = grid.isRunning();
    return OperationsController.health(alive, OperationsController.status(alive ? "up" : "down"));
  }
}
