package io.mnemogrid.api;

import io.micronaut.context.annotation.Bean;
import io.micronaut.context.annotation.Context;
import io.micronaut.context.annotation.Factory;
import io.mnemogrid.Mnemogrid;

/** Starts the member with the context, so before the HTTP port opens. */
@Factory
final class MemberFactory {
  /** The member of this process. */
  @Context
  @Bean(preDestroy = "close")
  Mnemogrid member(MemberSettings settings, CheckpointSettings checkpoints) {
    return Mnemogrid.start(checkpoints.applyTo(settings.toGridConfig(System::getenv)));
  }
}
