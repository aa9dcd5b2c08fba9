/** Which rows have come in a read: by id and content, in a few bytes each. */
export class SeenRows {
  /** Rows that were no repeats. */
  rows = 0;
  private readonly contents = new Map<string, number>();
  /** Further contents under an id that had one, and rows without an id. */
  private readonly others = new Set<string>();

  /** @returns false when the same row came before, unchanged */
  add(id: string | null, row: unknown): boolean {
    const content = fingerprint(JSON.stringify(row));
    if (this.knows(id, content)) return false;
    if (id !== null && !this.contents.has(id)) this.contents.set(id, content);
    else this.others.add(`${id ?? ''} ${content}`);
    this.rows += 1;
    return true;
  }

  has(id: string | null, row: unknown): boolean {
    return this.knows(id, fingerprint(JSON.stringify(row)));
  }

  private knows(id: string | null, content: number): boolean {
    return (id !== null && this.contents.get(id) === content) || this.others.has(`${id ?? ''} ${content}`);
  }
}

/** FNV-1a: 32 bits a row keep the memory small; a clash would only hide a contradiction. */
function fingerprint(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  return hash;
}
