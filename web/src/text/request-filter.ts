/** What the list of requests is narrowed by, as it stands in the address; an empty text asks for nothing. */
export interface RequestFilter {
  readonly text: string;
  readonly status: string;
  readonly metric: string;
  readonly cohort: string;
  /** `me`, or the id of a person or key. */
  readonly caller: string;
  /** Days of the property: the first, and the last. */
  readonly from: string;
  readonly to: string;
}

type RequestQuery = Readonly<Record<string, string>>;

/** The query that means the same; what the service would refuse is left out. */
export function requestQuery({ text, status, metric, cohort, caller, from, to }: RequestFilter): RequestQuery {
  const given = {
    text,
    status,
    metric,
    cohort,
    caller: /^(me|(key|per)_[0-9a-z]{26})$/.test(caller) ? caller : '',
    created_from: isDay(from) ? from : '',
    created_to: isDay(to) ? dayAfter(to) : '',
  };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}

/** Whether anything is left out by it. */
export function isFiltered(filter: RequestFilter): boolean {
  return Object.keys(requestQuery(filter)).length > 0;
}

function isDay(text: string): boolean {
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));
}

function dayAfter(day: string): string {
  return new Date(Date.parse(day) + 86_400_000).toISOString().slice(0, 10);
}
