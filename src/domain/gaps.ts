/** What a packet may lack before it leaves, in the order in which it is named. */
export const GAPS = [
  'no-contact-attempted',
  'no-letter-out-long-enough',
  'contract-not-signed',
  'document-not-bound',
  'open-hold',
  'counts-not-read-today',
] as const;

export type Gap = (typeof GAPS)[number];

/** Where the district wants a person to release every packet, one that lacks nothing waits with this. */
export const NOT_RELEASED = 'not-released';
