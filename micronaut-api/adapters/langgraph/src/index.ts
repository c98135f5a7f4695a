// SPDX-License-Identifier: Apache-2.0
export { MnemogridStore, type StoreOptions } from "./store.js";
