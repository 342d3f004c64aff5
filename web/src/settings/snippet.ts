/** The tag of the tracker: from where it is loaded, and by which key it sends. */
export function snippetOf(origin: string, key: string): string {
  const shown = isPublicKey(key) ? key : 'muster_pk_...';
  return `<script async src="${origin}/t.js" data-key="${shown}"></script>`;
}

/** The second tag, of pages with statistics, states, timers and sequences. */
export function trackablesTagOf(origin: string): string {
  return `<script async src="${origin}/trackables.js"></script>`;
}

/** Whether a text has the form of a public key. */
export function isPublicKey(text: string): boolean {
  return /^muster_pk_[A-Za-z0-9]+$/.test(text);
}
