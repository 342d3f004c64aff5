import {
  ALIAS,
  APPLICATION,
  CHECKPOINT_EVENT,
  TRACKABLE_FORMS,
  TRACKABLE_NAME,
  VERSION,
  type TrackableGroup,
  type TrackableQuestion,
  type TrackableType,
} from '../../core/trackables/trackable.js';
import { dateTime, FINAL_APART, ParamList, scanSettings, type CompiledQuery } from '../compiled-query.js';
import type { DataScope } from '../data-scope.js';
import type { ListColumn, PagedList } from '../export/compile-list.js';
import { CHANGE_VERSION, traitFacts, traitGroup, traitMeasures } from '../fact-columns.js';
import { PICKED_VALUES } from '../metrics/last-value.js';

/** Figures of a trackable, or of a part of it. */
const FIGURES: readonly ListColumn[] = [
  { name: 'users', type: 'integer', nullable: false },
  { name: 'events', type: 'integer', nullable: false },
];
const LAST: ListColumn = { name: 'last', type: 'instant', nullable: false };
const APPLICATION_COLUMN: ListColumn = { name: 'application', type: 'text', nullable: true };

/** The numbers that are added up over users: of a state there are none. */
function numbersOf(type: TrackableType): readonly ListColumn[] {
  if (type === 'state') return [];
  const names = TRACKABLE_FORMS[type].added === null ? ['total'] : ['total', 'added'];
  return names.map((name) => ({ name, type: 'number', nullable: false }));
}

/** What is tracked, of some types: a row for each type, name and application, in this order. */
export function trackablesList(
  scope: DataScope,
  { types, application }: { readonly types: readonly TrackableType[]; readonly application: string | null },
): PagedList {
  return {
    columns: [
      { name: 'type', type: 'word', nullable: false },
      { name: 'name', type: 'text', nullable: false },
      APPLICATION_COLUMN,
      ...FIGURES,
      LAST,
    ],
    rows: (params) => {
      const events = types.map((one) => TRACKABLE_FORMS[one].event);
      const read = types.includes('sequence') ? [...events, CHECKPOINT_EVENT] : events;
      const named = types.map((one) => `event = '${TRACKABLE_FORMS[one].event}', '${one}'`);
      const rows = `SELECT user_id, toString(name) AS event, text['${TRACKABLE_NAME}'] AS tracked, ${applicationOf()} AS application, time
    ${from(scope, read, params)}${application === null ? '' : ` AND application = ${params.add('String', application)}`}`;
      return `SELECT multiIf(${named.join(', ')}, 'sequence') AS type, tracked AS name, application,
    uniqExactIf(user_id, event != '${CHECKPOINT_EVENT}') AS users, countIf(event != '${CHECKPOINT_EVENT}') AS events,
    toUnixTimestamp64Milli(max(time)) AS last, tuple(type, name, ${keyOf('application')}) AS place
FROM (${rows})
GROUP BY type, tracked, application`;
    },
    order: 'place',
    keys: 3,
    settings: FINAL_APART,
  };
}

/** The figures of a trackable by parts of it. */
export function trackableParts(scope: DataScope, question: TrackableQuestion, by: TrackableGroup): PagedList {
  const parts = PARTS[by];
  const numbers = by === 'state' ? [] : numbersOf(question.type);
  const isOfUser = by === 'user';
  const isState = question.type === 'state';
  const figures = by === 'state' ? FIGURES.slice(0, 1) : isOfUser ? FIGURES.slice(1) : FIGURES;
  const state: readonly ListColumn[] = isOfUser && isState ? [{ name: 'state', type: 'text', nullable: true }] : [];
  return {
    columns: [...parts.columns, ...state, ...figures, ...numbers, LAST],
    rows: (params) => {
      const layers = unitLayers(scope, question, by === 'version', params);
      const columns = [
        ...parts.columns.map(({ name }) => `${parts.values[name] ?? name} AS ${name}`),
        ...(state.length > 0 ? [`nullIf(argMaxIf(toNullable(value), value_place, is_set), '') AS state`] : []),
        ...(isOfUser ? [] : ['uniqExact(user_id) AS users']),
        ...(by === 'state' ? [] : ['toInt64(sum(own_events)) AS events']),
        ...numbers.map(({ name }) => `${NUMBERS[name]} AS ${name}`),
        'max(last_ms) AS last',
        `tuple(${parts.place.join(', ')}) AS place`,
      ];
      return `WITH ${layers.join(',\n')}
SELECT ${columns.join(',\n    ')}
FROM units${isOfUser ? ' LEFT ANY JOIN aliases USING (user_id)' : ''}${by === 'state' ? ' WHERE is_set' : ''}
GROUP BY ${parts.keys.join(', ')}`;
    },
    order: 'place',
    keys: parts.place.length,
    settings: FINAL_APART,
  };
}

/** The figures of a trackable as a whole: one row. Without events users is 0. */
export function compileTrackableTotals(scope: DataScope, question: TrackableQuestion): CompiledQuery {
  const params = new ParamList();
  const columns = [
    'toFloat64(uniqExact(user_id)) AS users',
    'toFloat64(sum(own_events)) AS events',
    ...numbersOf(question.type).map(({ name }) => `${NUMBERS[name]} AS ${name}`),
    'toFloat64(max(last_ms)) AS last',
  ];
  const sql = `WITH ${unitLayers(scope, question, false, params).join(',\n')}
SELECT ${columns.join(',\n    ')}
FROM units`;
  return { sql: `${sql}\n${scanSettings(sql)}`, params: params.values };
}

interface Parts {
  readonly columns: readonly ListColumn[];
  /** What is grouped by, of a unit. */
  readonly keys: readonly string[];
  /** The columns that are not called as in a unit. */
  readonly values: Readonly<Record<string, string>>;
  /** Texts that order the parts. */
  readonly place: readonly string[];
}

const PARTS: Readonly<Record<TrackableGroup, Parts>> = {
  application: {
    columns: [APPLICATION_COLUMN],
    keys: ['application'],
    values: {},
    place: [keyOf('application')],
  },
  version: {
    columns: [APPLICATION_COLUMN, { name: 'version', type: 'text', nullable: true }],
    keys: ['application', 'version'],
    values: {},
    place: [keyOf('application'), keyOf('version')],
  },
  user: {
    columns: [
      { name: 'user', type: 'text', nullable: false },
      { name: 'alias', type: 'text', nullable: true },
    ],
    keys: ['user_id'],
    values: { user: 'user_id', alias: `nullIf(any(own_alias), '')` },
    place: ['user_id'],
  },
  state: {
    columns: [{ name: 'state', type: 'text', nullable: true }],
    keys: ['value'],
    // An event with an empty state says that there is none from then on.
    values: { state: `nullIf(value, '')` },
    place: ['value'],
  },
};

/** Whole parts and fractions apart, as in `value_sum`. */
const summed = (number: string, condition: string): string =>
  `sumKahanIf(trunc(${number}), ${condition}) + sumKahanIf(${number} - trunc(${number}), ${condition})`;

const NUMBERS: Readonly<Record<string, string>> = {
  total: summed('value', 'is_set'),
  added: summed('own_added', 'true'),
};

/**
 * Layers up to `units`: what is known of a user in an application, or in a version of it: how many events
 * (`own_events`), the last value by time and identity (`value`, where `is_set`; `value_place`), what was added
 * (`own_added`), and when the last event was. Before it `aliases`, the users with one.
 */
function unitLayers(scope: DataScope, question: TrackableQuestion, withVersion: boolean, params: ParamList): string[] {
  const { type, name, application, aliases } = question;
  const { event, value, added } = TRACKABLE_FORMS[type];
  const { isThere, value: valueOf } = PICKED_VALUES[type === 'state' ? 'text' : 'number'];
  const keys = ['user_id', 'application', ...(withVersion ? ['version'] : [])];
  const columns = [
    'user_id',
    `${applicationOf()} AS application`,
    ...(withVersion ? [`${textOf(VERSION)} AS version`] : []),
    'toUnixTimestamp64Milli(time) AS at_ms',
    'tuple(at_ms, client_id, content_hash) AS event_place',
    `${isThere(`'${value}'`)} AS holds`,
    `${valueOf(`'${value}'`)} AS held`,
    `${added === null ? 'toFloat64(0)' : `number['${added}']`} AS brought`,
  ];
  const ofAliases = aliasLayer(scope, params);
  const tests = [
    `text['${TRACKABLE_NAME}'] = ${params.add('String', name)}`,
    ...(application === null ? [] : [`application = ${params.add('String', application)}`]),
    ...(aliases === 'include' ? [] : [`user_id ${aliases === 'only' ? 'IN' : 'NOT IN'} (SELECT user_id FROM aliases)`]),
  ];
  const readings = `SELECT ${columns.join(', ')}
    ${from(scope, [event], params)}`;
  return [
    ofAliases,
    `readings AS (
    ${readings} AND ${tests.join(' AND ')}
)`,
    `units AS (
    SELECT ${keys.join(', ')}, count() AS own_events, max(holds) AS is_set,
        argMaxIf(held, event_place, holds) AS value, maxIf(event_place, holds) AS value_place,
        ${summed('brought', 'true')} AS own_added, max(at_ms) AS last_ms
    FROM readings
    GROUP BY ${keys.join(', ')}
)`,
  ];
}

/** By the current traits: a text that is not empty. */
function aliasLayer({ propertyNumber, dataVersion }: DataScope, params: ParamList): string {
  const names = [ALIAS];
  const code = traitGroup(ALIAS, names);
  const facts = [
    'user_id',
    ...[CHANGE_VERSION, ...traitFacts(names, params)].map(({ name, change }) => `${change} AS ${name}`),
  ];
  return `aliases AS (
    SELECT user_id, substring(${code}, 2) AS own_alias
    FROM (
        SELECT user_id, ${traitMeasures(names).join(', ')}
        FROM (
            SELECT ${facts.join(', ')}
            FROM user_changes
            PREWHERE property = ${params.add('UInt32', propertyNumber)} AND seq <= ${params.add('UInt64', dataVersion)}
        )
        GROUP BY user_id
    )
    WHERE startsWith(${code}, 't') AND own_alias != ''
)`;
}

/** Events that name a trackable; ends so that tests can follow. */
function from({ propertyNumber, dataVersion, asOfMs }: DataScope, names: readonly string[], params: ParamList): string {
  return `FROM events FINAL
    PREWHERE property = ${params.add('UInt32', propertyNumber)} AND seq <= ${params.add('UInt64', dataVersion)} AND time < ${dateTime(asOfMs, params)} AND name IN ${params.add('Array(String)', names)}
    WHERE mapContains(text, '${TRACKABLE_NAME}')`;
}

function applicationOf(): string {
  return textOf(APPLICATION);
}

function textOf(property: string): string {
  return `if(mapContains(text, '${property}'), text['${property}'], NULL)`;
}

/** A text by which a nullable one is ordered: the absent one first. */
function keyOf(column: string): string {
  return `ifNull(concat(':', ${column}), '')`;
}
