// SPDX-License-Identifier: Apache-2.0
import type { Hash } from "./bytes.js";
import { entryOf, keyOf, OBJECT_PAYLOAD } from "./document.js";
import { ancestors } from "./pointer.js";
import { Trie } from "./trie.js";

/** A document as its leaves, with the root that they make; each change costs about log₂ of their number in hashes. */
export class Leaves {
  private readonly payloads = new Map<string, string>();
  private readonly below = new Map<string, number>();
  private readonly trie = new Trie();

  /** Canonical text of the value of each leaf, by pointer. */
  get texts(): ReadonlyMap<string, string> {
    return this.payloads;
  }

  get root(): Hash {
    return this.trie.root;
  }

  /** Whether some leaf stands below a pointer. */
  hasBelow(pointer: string): boolean {
    return this.below.has(pointer);
  }

  /** Puts a leaf. That none stands above or below it is for the caller to see to. */
  put(pointer: string, payload: string): void {
    if (!this.payloads.has(pointer)) {
      for (const above of ancestors(pointer)) {
        const count = this.below.get(above) ?? 0;
        if (count === 0) this.trie.put(entryOf(above, OBJECT_PAYLOAD));
        this.below.set(above, count + 1);
      }
    }
    this.payloads.set(pointer, payload);
    this.trie.put(entryOf(pointer, payload));
  }

  /** Takes a leaf away that stands there. */
  remove(pointer: string): void {
    this.payloads.delete(pointer);
    this.trie.remove(keyOf(pointer));
    for (const above of ancestors(pointer)) {
      const count = this.below.get(above)! - 1;
      if (count > 0) {
        this.below.set(above, count);
      } else {
        this.below.delete(above);
        this.trie.remove(keyOf(above));
      }
    }
  }
}
