package io.mnemogrid.checkpoint;

import java.util.Optional;

/**
 * Settings that all members of a grid share, such as the address of the contract. Writes are
 * durable when they return. Calls block; safe for all threads.
 */
public interface SettingStore {
  /** The value of a setting, empty when it was never set. */
  Optional<String> find(String name);

  /** Sets it. */
  void put(String name, String value);
}
