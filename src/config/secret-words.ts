/** As long as the keys of HMAC-SHA-256 and AES-256. */
export const SHORTEST_KEY_BYTES = 32;

const PLACEHOLDERS = [
  /^<.*>$/,
  /^\$\{.*\}$/,
  /(?:^|[-_ ])(?:change|replace|insert|fill)[-_ ]?(?:me|this|in)\b/i,
  /^(?:your|sample|example|dummy)(?:$|[-_ ])/i,
  /^(?:client[-_ ]?)?(?:secret|password|passwd|todo|token|key|id)$/i,
  // One to three characters over and over: nothing that anybody drew by lot.
  /^(.{1,3})\1{3,}.{0,2}$/,
];

/** A value that was left over from an example: words that stand for the real one. */
export function looksLikeSample(secret: string): boolean {
  return PLACEHOLDERS.some((placeholder) => placeholder.test(secret));
}
