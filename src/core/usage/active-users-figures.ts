/** How many users were active in one window, and how many of them had their first activity in it. */
export interface WindowFigures {
  /** ISO 8601. */
  readonly window: string;
  readonly users: number;
  readonly new: number;
}

/** Active users at one instant. */
export interface ActiveUsersFigures {
  readonly windows: readonly WindowFigures[];
  /** Users with an open session; null, as below: the property has no presence. */
  readonly connected: number | null;
  /** Sessions without an end that were closed by `max`. */
  readonly ended_by_max: number | null;
  /** Users who are known, without the excluded. */
  readonly known_users: number;
  readonly excluded_users: number;
}
