/** One question of the demo: a title for people and the body of POST /requests. */
export interface Question {
  readonly id: string;
  readonly title: string;
  readonly request: Readonly<Record<string, unknown>>;
}

const PURCHASE = { event: 'purchase' } as const;
const FIRST_PURCHASE = { kind: 'first_event', event: 'purchase' } as const;
/** The data ends on 30 June 1998: every answer is as of the first instant after it. */
const AS_OF = '1998-07-01';
const WHOLE_TIME = { kind: 'fixed', from: '1997-01-01', to: AS_OF } as const;
const AGGREGATORS = ['mean', 'median', 'min', 'max', 'std'] as const;

const MONTHS = [
  { name: 'january', from: '1997-01-01', to: '1997-02-01', next: '1997-03-01' },
  { name: 'february', from: '1997-02-01', to: '1997-03-01', next: '1997-04-01' },
  { name: 'march', from: '1997-03-01', to: '1997-04-01', next: '1997-05-01' },
] as const;

/** The cohorts of the demo, by the month of the first purchase. */
export const COHORTS = MONTHS.map(({ name, from }) => ({ name, month: from.slice(0, 7) }));

/** Dollars of each cohort in the first 30 days of each of its customers. */
export const COHORT_QUESTIONS: readonly Question[] = MONTHS.map(({ name }) => ({
  id: `first_30_days_${name}`,
  title: `${name}: dollars in the first 30 days`,
  request: firstDaysDollars(name),
}));

/** Everybody: the rows of the published table. */
export const EVERYBODY_QUESTIONS: readonly Question[] = [
  {
    id: 'purchases',
    title: 'purchases per customer',
    request: {
      cohort: { all: true },
      metric: 'event_count',
      params: PURCHASE,
      window: WHOLE_TIME,
      aggregators: AGGREGATORS,
      as_of: AS_OF,
    },
  },
  {
    id: 'dollars',
    title: 'dollars per customer',
    request: {
      cohort: { all: true },
      metric: 'value_sum',
      params: { ...PURCHASE, value: 'dollars' },
      window: WHOLE_TIME,
      aggregators: AGGREGATORS,
      as_of: AS_OF,
    },
  },
  { id: 'first_30_days', title: 'dollars in the first 30 days', request: firstDaysDollars({ all: true }) },
  {
    id: 'still_buying',
    title: 'customers with a purchase 30 days or more after their first',
    request: survival({ t: 'P30D' }),
  },
  {
    id: 'back_within_90_days',
    title: 'customers with a purchase on a later day, within 90 days of their first',
    request: survival({ t: 'P1D', sunset: 'P89D' }),
  },
  {
    id: 'two_in_90_days',
    title: 'customers with two purchases in their first 90 days',
    request: {
      cohort: { all: true },
      metric: 'threshold',
      params: { ...PURCHASE, n: 2, t: 'P90D' },
      birth: FIRST_PURCHASE,
      aggregators: ['proportion'],
      as_of: AS_OF,
    },
  },
  ...MONTHS.map(({ name, from, to }) => ({
    id: `born_${name}`,
    title: `customers with their first purchase in ${name}`,
    request: {
      cohort: { all: true },
      metric: 'event_count',
      params: PURCHASE,
      window: { ...WHOLE_TIME, births: { from, to } },
      birth: FIRST_PURCHASE,
      aggregators: ['mean'],
      as_of: AS_OF,
    },
  })),
  ...MONTHS.map(({ name, from, to, next }) => ({
    id: `back_next_month_${name}`,
    title: `of those, buying in the calendar month after ${name}`,
    request: {
      cohort: { all: true },
      metric: 'threshold',
      params: PURCHASE,
      window: { kind: 'fixed', from: to, to: next, births: { from, to } },
      birth: FIRST_PURCHASE,
      aggregators: ['proportion'],
      as_of: AS_OF,
    },
  })),
];

function firstDaysDollars(cohort: string | { readonly all: true }) {
  return {
    cohort,
    metric: 'value_sum',
    params: { ...PURCHASE, value: 'dollars' },
    window: { kind: 'since_birth', length: 'P30D' },
    birth: FIRST_PURCHASE,
    aggregators: ['mean', 'median', 'min', 'max'],
    as_of: AS_OF,
  };
}

function survival(params: Readonly<Record<string, string>>) {
  return {
    cohort: { all: true },
    metric: 'survival',
    params: { ...PURCHASE, ...params },
    birth: FIRST_PURCHASE,
    aggregators: ['proportion'],
    as_of: AS_OF,
  };
}
