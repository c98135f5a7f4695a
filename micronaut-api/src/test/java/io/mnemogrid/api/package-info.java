@NullMarked
package io.mnemogrid.api;

import org.jspecify.annotations.NullMarked;
