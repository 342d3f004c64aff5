import type { CompiledQuery } from '../compiled-query.js';
import { instantDefinitions, instantRules } from './instant-field.js';
import {
  bytesRule,
  charactersRule,
  fieldDefinitions,
  lineDefinitions,
  objectRules,
  optionalTextRule,
  requiredTextRule,
  textDefinitions,
} from './json-fields.js';
import { lineInsert, type LineTarget } from './line-insert.js';
import { ITEM_LIMITS } from './rejection.js';
import { firstVerdict, type Rule } from './rules.js';
import { nulRuleWithMap, scalarMapDefinitions, scalarMapRules } from './scalar-map.js';

const FIELDS = ['id', 'user', 'event', 'time', 'properties'];
const TEXTS = ['id', 'user', 'event', 'time'];

const RULES: readonly Rule[] = [
  ...objectRules(FIELDS, 'user'),
  ...['user', 'event', 'time'].map(requiredTextRule),
  optionalTextRule('id'),
  bytesRule('user', ITEM_LIMITS.userBytes),
  bytesRule('id', ITEM_LIMITS.idBytes),
  charactersRule('event', ITEM_LIMITS.nameCharacters),
  ...instantRules('time', 'time_at > 0', '{p2:Int64}'),
  ...scalarMapRules('properties', true, nulRuleWithMap(['user', 'event', 'id'], 'properties')),
];

/** What stands for the id that the sender did not give: the same properties, in whatever order, are the same event. */
const CONTENT_HASH = `reinterpretAsUInt128(sipHash128(
    mapSort(properties_text_map), mapSort(properties_number_map), mapSort(properties_flag_map)))`;

/**
 * Lines to events: checks every one by SEMANTICS (*Events and users*) and sends what holds to `events`, the rest to
 * `ingest_rejections`, in one pass. One bad line never spoils another.
 */
export function compileEventLines(target: LineTarget, hasLongIntegers: boolean): CompiledQuery {
  const definitions = [
    ...lineDefinitions(hasLongIntegers),
    ...fieldDefinitions(FIELDS),
    ...textDefinitions(TEXTS),
    ...instantDefinitions('time'),
    ...scalarMapDefinitions('properties'),
  ];
  return lineInsert('event_lines', target, definitions, firstVerdict(RULES), [
    ['user_id', 'user_text'],
    ['time', 'assumeNotNull(time_instant)'],
    ['name', 'event_text'],
    ['client_id', `if(startsWith(id_raw, '"'), id_text, '')`],
    ['content_hash', `if(startsWith(id_raw, '"'), 0, ${CONTENT_HASH})`],
    ['text', 'properties_text_map'],
    ['number', 'properties_number_map'],
    ['flag', 'properties_flag_map'],
  ]);
}
