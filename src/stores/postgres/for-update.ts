interface RowLock {
  readonly lock?: { readonly mode: 'pessimistic_write' };
}

/** Of a find within a transaction: the row is held until it ends (SELECT ... FOR UPDATE); `isLocked` false: it is not. */
export function forUpdate(isLocked = true): RowLock {
  return isLocked ? { lock: { mode: 'pessimistic_write' } } : {};
}
