import type { RawRequest } from '../../../../../src/core/request/raw-request.js';

type Fields = Readonly<Record<string, unknown>>;

/** The query of a link that means a body, in ISO forms. `isWhole`: windows and births as JSON, else in their parts. */
export function queryOf(requested: RawRequest, isWhole: boolean): Record<string, string> {
  const { cohort: _, metric: __, params, window, birth, series, ...rest } = requested;
  const parts = isWhole
    ? texts({ window, birth, series })
    : {
        ...windowParts(window as Fields | undefined),
        ...birthParts(birth as Fields | null | undefined),
        ...seriesParts(series as Fields | undefined),
      };
  return { ...texts(rest), ...texts(params as Fields | undefined), ...parts };
}

function windowParts(window: Fields | undefined): Record<string, string> {
  if (!window) return {};
  const { births, ...own } = window;
  const { from = '', to = '' } = (births ?? {}) as Record<string, string>;
  const parts = Object.entries(texts(own)).map(([name, value]) => [`window.${name}`, value]);
  return { ...Object.fromEntries(parts), ...((from || to) && { births: `${from}/${to}` }) };
}

function birthParts(birth: Fields | null | undefined): Record<string, string> {
  if (!birth) return {};
  const { kind, ...own } = birth;
  const parts = Object.entries(texts(own)).map(([name, value]) => [`birth.${name}`, value]);
  return { birth: String(kind), ...Object.fromEntries(parts) };
}

function seriesParts(series: Fields | undefined): Record<string, string> {
  if (!series) return {};
  const { interval, by, age } = texts(series);
  return { series: interval ?? '', 'series.by': by ?? '', ...(age !== undefined && { age }) };
}

function texts(fields: Fields | undefined): Record<string, string> {
  const given = Object.entries(fields ?? {}).filter(([, value]) => value !== undefined && value !== null);
  return Object.fromEntries(given.map(([name, value]) => [name, textOf(value)]));
}

/** A list of plain texts has commas; anything else that is no scalar, and a list of none, is JSON. */
function textOf(value: unknown): string {
  if (typeof value !== 'object') return String(value);
  const isPlain = Array.isArray(value) && value.length > 0 && value.every((v) => /^[a-z0-9.]+$/.test(String(v)));
  return isPlain ? value.join(',') : JSON.stringify(value);
}
