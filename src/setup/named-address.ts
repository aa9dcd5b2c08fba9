export interface NamedAddress {
  readonly name: string;
  readonly address: string;
}

/** `Ana Silva <asilva@example.org>`; the address itself is for others to check. */
export function namedAddress(written: string): NamedAddress | null {
  const parts = /^\s*([^<>]+?)\s*<\s*([^<>\s]+)\s*>\s*$/.exec(written);
  if (parts === null) return null;
  const [, name = '', address = ''] = parts;
  return { name, address };
}
