import type { Ask } from '../../packages/client/src/index.js';

/**
 * One of the eight cohort tables of COHANA (VLDB 2016), as a request and as SQL by hand; the best way by hand counts.
 */
export interface Question {
  readonly name: string;
  readonly request: Ask;
  /** Statements that answer country, age, then the numbers of `cell`, for both dialects. */
  readonly byHand: (dialect: Dialect) => readonly string[];
  /** The numbers of a cell: users retained, or gold and the number of shops. */
  readonly cell: 'retained' | 'gold';
}

/** What two engines spell differently. `ageOf`: whole days of 24 hours from one instant to another. */
export interface Dialect {
  readonly name: 'engine' | 'duckdb';
  ageOf(time: string, birth: string): string;
  instant(iso: string): string;
  /** The earliest time at which the condition holds. */
  minIf(time: string, condition: string): string;
  /** Rows of one user for each distinct age of its events from birth on; the columns are user, country, birth, age. */
  readonly agesByArray: ((births: Births) => string) | null;
}

/** Who is born when: players whose events pass `where`, by their first event of this action, if it passes `having`. */
export interface Births {
  readonly action: string;
  /** These are clauses, or nothing. */
  readonly where: string;
  readonly having: string;
}

const AGES = 40;
const FIRST = '2013-05-19T00:00:00.000Z';
const LAST = '2013-08-01T00:00:00.000Z';
const AS_OF = '2013-10-01T00:00:00.000Z';
const ALL_BIRTHS = { from: FIRST, to: LAST };

interface Terms {
  readonly births: { readonly from: string; readonly to: string };
  readonly ages: number;
  /** Players of this role in these countries. */
  readonly selected: boolean;
}

const EVERYBODY: Terms = { births: ALL_BIRTHS, ages: AGES, selected: false };
const ONE_WEEK = { from: '2013-05-21T00:00:00.000Z', to: '2013-05-28T00:00:00.000Z' };
const HALF = { from: FIRST, to: '2013-06-07T00:00:00.000Z' };
const ROLE = 'dwarf';
const SOME_COUNTRIES = ['China', 'Australia', 'United States'];

/** Q1 to Q8 in the order of the paper: launch and shop cohorts, whole, selected, by births and by ages. */
export const QUESTIONS: readonly Question[] = [
  retained('Q1', EVERYBODY),
  retained('Q2', { ...EVERYBODY, births: ONE_WEEK }),
  spent('Q3', EVERYBODY),
  spent('Q4', { ...EVERYBODY, births: ONE_WEEK, selected: true }),
  retained('Q5', { ...EVERYBODY, births: HALF }),
  spent('Q6', { ...EVERYBODY, births: HALF }),
  retained('Q7', { ...EVERYBODY, ages: 7 }),
  spent('Q8', { ...EVERYBODY, ages: 7 }),
];

/** Players of launch cohorts with at least one event at each age. */
function retained(name: string, terms: Terms): Question {
  const request = { ...base('launch', terms), metric: 'threshold', params: {}, aggregators: ['proportion'] };
  return { name, request: request as Ask, cell: 'retained', byHand: (dialect) => retainedByHand(dialect, terms) };
}

/** Gold that players of shop cohorts spent at each age, and in how many shops. */
function spent(name: string, terms: Terms): Question {
  const params = { event: 'shop', value: 'gold' };
  const request = { ...base('shop', terms), metric: 'value_sum', params, aggregators: ['sum'] };
  return { name, request: request as Ask, cell: 'gold', byHand: (dialect) => spentByHand(dialect, terms) };
}

function base(event: string, { births, ages, selected }: Terms): object {
  const traits = [
    { trait: 'role', eq: ROLE },
    { trait: 'country', in: SOME_COUNTRIES },
  ];
  return {
    cohort: selected ? { rule: { and: traits } } : { all: true },
    birth: { kind: 'first_event', event },
    window: { kind: 'since_birth', length: `P${ages}D`, births },
    series: { by: 'birth', interval: 'year', age: 'P1D' },
    breakdown: ['trait:country'],
    as_of: AS_OF,
  };
}

function retainedByHand(dialect: Dialect, terms: Terms): readonly string[] {
  const born = bornOf(dialect, 'launch', terms);
  const births = birthsOf(dialect, born);
  const age = dialect.ageOf('time', 'birth');
  const inAges = `time >= birth AND ${age} < ${terms.ages}`;
  const ways = [
    `SELECT country, age, count(*) AS users FROM (
       SELECT DISTINCT activity.player AS player, births.country AS country, ${age} AS age
       FROM activity INNER JOIN (${births}) AS births ON activity.player = births.player WHERE ${inAges}) AS ages
     GROUP BY country, age`,
    `SELECT births.country AS country, ${age} AS age, count(DISTINCT activity.player) AS users
     FROM activity INNER JOIN (${births}) AS births ON activity.player = births.player WHERE ${inAges}
     GROUP BY births.country, ${age}`,
  ];
  if (dialect.agesByArray === null) return ways;
  return [
    ...ways,
    `SELECT country, age, count() AS users FROM (${dialect.agesByArray(born)}) WHERE age >= 0 AND age < ${terms.ages} GROUP BY country, age`,
  ];
}

function spentByHand(dialect: Dialect, terms: Terms): readonly string[] {
  const births = birthsOf(dialect, bornOf(dialect, 'shop', terms));
  const age = dialect.ageOf('time', 'birth');
  return [
    `SELECT births.country AS country, ${age} AS age, sum(gold) AS gold, count(*) AS shops
     FROM activity INNER JOIN (${births}) AS births ON activity.player = births.player
     WHERE action = 'shop' AND time >= birth AND ${age} < ${terms.ages} GROUP BY births.country, ${age}`,
  ];
}

function birthsOf({ minIf }: Dialect, { action, where, having }: Births): string {
  return `SELECT player, min(country) AS country, ${minIf('time', `action = '${action}'`)} AS birth FROM activity ${where}
    GROUP BY player ${having}`;
}

function bornOf({ instant }: Dialect, action: string, { births, selected }: Terms): Births {
  const countries = SOME_COUNTRIES.map((name) => `'${name}'`).join(', ');
  return {
    action,
    where: selected ? `WHERE activity.role = '${ROLE}' AND activity.country IN (${countries})` : '',
    having: `HAVING count(CASE WHEN action = '${action}' THEN 1 END) > 0
      AND birth >= ${instant(births.from)} AND birth < ${instant(births.to)}`,
  };
}
