import { invalid } from '../../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys } from '../../json-shape.js';
import { parseTogether } from '../../problems.js';
import { formatDuration, parseDuration } from '../../time/duration.js';
import { DAY_MS } from '../../time/utc-day.js';

/** What is stored of an id that is seen. */
export const ANONYMISE = ['daily_key', 'random', 'stored'] as const;
export type Anonymise = (typeof ANONYMISE)[number];

/** How a property counts its use, and how long it keeps what. */
export interface CounterSettings {
  /** The base interval: 24 hours stand for the local day, however long it is. */
  readonly baseMs: number;
  readonly anonymise: Anonymise;
  /** Whole days for which periods of the base interval are kept, beside the day under way. */
  readonly baseDays: number;
  /** Whole days for which days are kept. */
  readonly days: number;
  /** Months for which single events are kept. */
  readonly eventMonths: number;
  /** Months for which anything is kept. */
  readonly months: number;
}

export const DEFAULT_COUNTER_SETTINGS: CounterSettings = {
  baseMs: DAY_MS,
  anonymise: 'daily_key',
  baseDays: 1,
  days: 7,
  eventMonths: 3,
  months: 24,
};

/** How the settings are written. */
export interface WrittenCounterSettings {
  readonly base: string;
  readonly anonymise: Anonymise;
  readonly base_days: number;
  readonly days: number;
  readonly event_months: number;
  readonly months: number;
}

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const FIELDS = ['base', 'anonymise', 'base_days', 'days', 'event_months', 'months'];
/** Ten years of days and a hundred of months: what is kept longer is no counter any more. */
export const MAX_DAYS = 3_660;
export const MAX_MONTHS = 1_200;
/** Ids of batches are known as long as the base. */
export const MAX_BASE_DAYS = 366;

/**
 * The settings of a body; an absent or null field has its default.
 * @throws Failure invalid_field, invalid_time, unknown_field
 */
export function parseCounterSettings(body: unknown): CounterSettings {
  if (!isObject(body)) throw invalid('invalid_field', '', `The body is an object of settings, not ${quoted(body)}.`);
  refuseUnknownKeys(body, FIELDS, '', 'The settings');
  const whole = (name: 'base_days' | 'days' | 'event_months' | 'months', of: number, max: number) => (): number =>
    wholeOr(of, body[name], name, max);
  return parseTogether({
    baseMs: () => parseBase(body['base']),
    anonymise: () => parseAnonymise(body['anonymise']),
    baseDays: whole('base_days', DEFAULT_COUNTER_SETTINGS.baseDays, MAX_BASE_DAYS),
    days: whole('days', DEFAULT_COUNTER_SETTINGS.days, MAX_DAYS),
    eventMonths: whole('event_months', DEFAULT_COUNTER_SETTINGS.eventMonths, MAX_MONTHS),
    months: whole('months', DEFAULT_COUNTER_SETTINGS.months, MAX_MONTHS),
  });
}

/** The form in which `parseCounterSettings` reads them. */
export function writeCounterSettings(settings: CounterSettings): WrittenCounterSettings {
  return {
    base: formatDuration(settings.baseMs),
    anonymise: settings.anonymise,
    base_days: settings.baseDays,
    days: settings.days,
    event_months: settings.eventMonths,
    months: settings.months,
  };
}

function parseBase(value: unknown): number {
  if (!isGiven(value)) return DEFAULT_COUNTER_SETTINGS.baseMs;
  const ms = parseDuration(value, '/base');
  if (ms >= HOUR_MS && ms <= DAY_MS && ms % MINUTE_MS === 0) return ms;
  throw invalid('invalid_field', '/base', `\`base\` is whole minutes from PT1H to P1D, not ${quoted(value)}.`);
}

function parseAnonymise(value: unknown): Anonymise {
  if (!isGiven(value)) return DEFAULT_COUNTER_SETTINGS.anonymise;
  const mode = ANONYMISE.find((name) => name === value);
  if (mode !== undefined) return mode;
  throw invalid('invalid_field', '/anonymise', `\`anonymise\` is one of ${listed(ANONYMISE)}, not ${quoted(value)}.`);
}

function wholeOr(byDefault: number, value: unknown, name: string, max: number): number {
  if (!isGiven(value)) return byDefault;
  if (Number.isInteger(value) && Number(value) >= 1 && Number(value) <= max) return Number(value);
  throw invalid('invalid_field', `/${name}`, `\`${name}\` is a whole number from 1 to ${max}, not ${quoted(value)}.`);
}
