package io.mnemogrid.secret;

/** A secret at {@code [from, to)} of a text. */
record Hit(SecretRule rule, int from, int to) {}
