package io.mnemogrid.member;

import io.mnemogrid.GridConfig;
import io.mnemogrid.GridConfig.AnchorConfig;
import io.mnemogrid.chain.ChainKey;
import io.mnemogrid.chain.DevChain;
import io.mnemogrid.chain.EvmAnchor;
import io.mnemogrid.chain.FeePolicy;
import io.mnemogrid.chain.LocalNotary;
import io.mnemogrid.checkpoint.Address;
import io.mnemogrid.checkpoint.Anchor;
import io.mnemogrid.checkpoint.AnchorUnavailable;
import io.mnemogrid.checkpoint.SettingStore;
import io.mnemogrid.store.Private;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Opens the anchor that a member is configured with. */
public final class AnchorOpener {
  private static final Logger LOG = LoggerFactory.getLogger(AnchorOpener.class);
  private static final String CONTRACT = "evm.contract";

  private final AnchorConfig config;
  private final FeePolicy fees;
  private final SettingStore settings;

  /** Opens what {@code config} says, at the usual cost. */
  public AnchorOpener(AnchorConfig config, SettingStore settings) {
    this(config, GridConfig.Spending.DEFAULT, settings);
  }

  AnchorOpener(AnchorConfig config, GridConfig.Spending spending, SettingStore settings) {
    this.config = config;
    this.fees = FeePolicy.DEFAULT.withMaxFeePerGas(spending.maxFeePerGasWei());
    this.settings = settings;
  }

  /**
   * The anchor. On a local dev chain without a configured contract it is the contract that the
   * store remembers; it is deployed again when the chain has lost it.
   *
   * @throws AnchorUnavailable when the chain does not answer
   * @throws IllegalStateException when a configured contract is not there
   */
  Anchor open() {
    return switch (config) {
      case AnchorConfig.None _ -> throw new IllegalStateException("no anchor is configured");
      case AnchorConfig.Notary notary -> notary(notary.folder());
      case AnchorConfig.Evm evm -> {
        Anchor existing = existing(evm);
        yield existing == null ? connect(evm, deploy(evm)) : existing;
      }
    };
  }

  /** The folder is made for its owner alone: the notary's private key is in it. */
  private static LocalNotary notary(Path folder) {
    try {
      Private.folder(folder);
    } catch (IOException e) {
      throw new AnchorUnavailable("the notary's folder " + folder + " cannot be made", e);
    }
    return LocalNotary.open(folder);
  }

  /** The anchor if it is there already: nothing is deployed or written. */
  public Optional<Anchor> openExisting() {
    return switch (config) {
      case AnchorConfig.None _ -> Optional.empty();
      case AnchorConfig.Notary notary -> Optional.of(notary(notary.folder()));
      case AnchorConfig.Evm evm -> Optional.ofNullable(existing(evm));
    };
  }

  private @Nullable Anchor existing(AnchorConfig.Evm evm) {
    String configured = evm.contract();
    if (configured != null) {
      Address contract = new Address(configured);
      if (!EvmAnchor.hasCode(evm.endpoint(), contract)) {
        throw new IllegalStateException(
            "no contract stands at " + contract + " on the chain; check address and chain");
      }
      return connect(evm, contract);
    }
    Optional<Address> remembered = settings.find(CONTRACT).map(Address::new);
    return remembered.isPresent() && EvmAnchor.hasCode(evm.endpoint(), remembered.get())
        ? connect(evm, remembered.get())
        : null;
  }

  private Address deploy(AnchorConfig.Evm evm) {
    if (evm.privateKey() != null) {
      throw new IllegalStateException(
          "a contract is deployed by itself only on a local dev chain; name the address of yours");
    }
    Address contract = EvmAnchor.deploy(evm.endpoint(), key(evm), fees);
    settings.put(CONTRACT, contract.text());
    LOG.info("deployed the checkpoint contract at {}", contract);
    return contract;
  }

  private Anchor connect(AnchorConfig.Evm evm, Address contract) {
    return EvmAnchor.connect(evm.endpoint(), key(evm), contract, evm.finalAfter(), fees);
  }

  private static ChainKey key(AnchorConfig.Evm evm) {
    String key = evm.privateKey();
    return key == null ? DevChain.key(evm.endpoint()) : ChainKey.parse(key);
  }
}
