import { isAlias, isMap, isPair, isScalar, isSeq, type Node } from 'yaml';

/** Where a key or list entry begins; for one that is missing, where the nearest above it begins. */
export function offsetOf(root: Node | null, key: readonly PropertyKey[]): number {
  let node: unknown = root;
  let offset = root?.range?.[0] ?? 0;
  for (const part of key) {
    if (isMap(node)) {
      const pair = node.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === part,
      );
      if (pair === undefined) return offset;
      offset = startOf(pair.key) ?? offset;
      node = pair.value;
    } else if (isSeq(node) && typeof part === 'number') {
      node = node.items[part];
      offset = startOf(node) ?? offset;
    } else {
      return offset;
    }
    if (isAlias(node)) return offset;
  }
  return offset;
}

/** `schools[1].phone` */
export function writtenKey(key: readonly PropertyKey[]): string {
  return key.map((part, index) => writtenPart(part, index === 0)).join('');
}

function writtenPart(part: PropertyKey, first: boolean): string {
  if (typeof part === 'number') return `[${part}]`;
  const name = String(part);
  const shown = name.length > LONGEST_NAME ? `${name.slice(0, LONGEST_NAME)}…` : name;
  return first ? shown : `.${shown}`;
}

const LONGEST_NAME = 60;

function startOf(node: unknown): number | undefined {
  return (node as Node | null | undefined)?.range?.[0];
}
