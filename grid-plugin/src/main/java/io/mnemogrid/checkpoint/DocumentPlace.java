package io.mnemogrid.checkpoint;

import io.mnemogrid.state.SpaceName;

/** The version of a space whose document has a content address that a manifest names. */
public record DocumentPlace(SpaceName space, long version) {}
