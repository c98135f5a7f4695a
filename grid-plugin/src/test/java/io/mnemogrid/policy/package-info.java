@NullMarked
package io.mnemogrid.policy;

import org.jspecify.annotations.NullMarked;
