/** One entity as it goes over the wire. */
export type WireRow = Readonly<Record<string, unknown>>;

export interface Reference {
  readonly href: string;
  readonly sourcedId: string;
  readonly type: string;
}
