// SPDX-License-Identifier: Apache-2.0
// What InMemoryStore of LangGraph takes for a match, which its package does not export.
import type { Item, ListNamespacesOperation, MatchCondition } from "@langchain/langgraph-checkpoint";

type Test = (has: unknown, wanted: unknown) => boolean;

const OPERATORS: Readonly<Record<string, Test>> = {
  $eq: (has, wanted) => has === wanted,
  $ne: (has, wanted) => has !== wanted,
  $gt: (has, wanted) => Number(has) > Number(wanted),
  $gte: (has, wanted) => Number(has) >= Number(wanted),
  $lt: (has, wanted) => Number(has) < Number(wanted),
  $lte: (has, wanted) => Number(has) <= Number(wanted),
  $in: (has, wanted) => Array.isArray(wanted) && wanted.includes(has),
  $nin: (has, wanted) => !Array.isArray(wanted) || !wanted.includes(has),
};

/** Whether the members of a value are as a filter says; what is no operator is compared by `===`. */
export function fits(item: Item, filter: Readonly<Record<string, unknown>> = {}): boolean {
  return Object.entries(filter).every(([member, wanted]) => {
    const has: unknown = item.value[member];
    if (typeof wanted !== "object" || wanted === null) return has === wanted;
    const terms = Object.entries(wanted).map(([name, bound]) => ({ test: operator(name), bound }));
    // An object with any other member is no term, and equals nothing that was read.
    return terms.every(({ test, bound }) => test?.(has, bound) === true);
  });
}

function operator(name: string): Test | undefined {
  return Object.hasOwn(OPERATORS, name) ? OPERATORS[name] : undefined;
}

/** The namespaces that fit, cut to `maxDepth`, each once, in the order of their names. */
export function namespacesThatFit(all: readonly string[][], { matchConditions, maxDepth, limit, offset }: ListNamespacesOperation): string[][] {
  const fitting = all.filter((namespace) => (matchConditions ?? []).every((condition) => meets(namespace, condition)));
  // No label holds a colon, so the text stands for the labels.
  const names = new Set(fitting.map((namespace) => namespace.slice(0, maxDepth).join(":")));
  const from = offset ?? 0;
  return [...names]
    .sort((a, b) => a.localeCompare(b))
    .map((name) => name.split(":"))
    .slice(from, limit === undefined ? undefined : from + limit);
}

function meets(namespace: readonly string[], { matchType, path }: MatchCondition): boolean {
  if (path.length > namespace.length) return false;
  const from = matchType === "prefix" ? 0 : namespace.length - path.length;
  return path.every((label, i) => label === "*" || label === namespace[from + i]);
}

/** The labels that every namespace that fits begins with. */
export function commonPrefix(conditions: readonly MatchCondition[] = []): string[] {
  const path = conditions.find(({ matchType }) => matchType === "prefix")?.path ?? [];
  const open = path.findIndex((label) => label === "*" || !isLabel(label));
  return open < 0 ? path : path.slice(0, open);
}

function isLabel(text: string): boolean {
  return text !== "" && !/[.:\0]/.test(text);
}
