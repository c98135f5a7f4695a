package io.mnemogrid.member;

import io.mnemogrid.GridConfig;
import io.mnemogrid.MemberProvider;
import io.mnemogrid.Mnemogrid;

/** Starts an {@link EmbeddedMember}; named in {@code META-INF/services}. */
public final class EmbeddedMemberProvider implements MemberProvider {
  @Override
  public Mnemogrid start(GridConfig config) {
    return EmbeddedMember.start(config);
  }
}
