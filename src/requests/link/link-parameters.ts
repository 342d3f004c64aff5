import { applyDecorators } from '@nestjs/common';
import { ApiQuery } from '@nestjs/swagger';

/**
 * Query parameters of every link, for the documents; a test holds them equal to those that are read. The parameters of
 * the metric come to them.
 */
export const LINK_PARAMETERS: Readonly<Record<string, string>> = {
  window: 'Since birth, as `P30D`; fixed, as `1997-01-01/1997-02-01`; or JSON as in POST /requests.',
  'window.kind': '`since_birth` or `fixed`; follows from the other parts where it is not given.',
  'window.length': 'Length of a window since birth, as `P30D`.',
  'window.offset': 'How long after birth it begins.',
  'window.age': '`elapsed` or `calendar`.',
  'window.from': 'Start of a fixed window.',
  'window.to': 'End of a fixed window.',
  births: 'Births that count, as `1997-01-01/1997-02-01`; either end may be left open, as in `1997-01-01/`.',
  birth: '`registration` or `first_event`; or JSON.',
  'birth.event': 'Events of a birth by first event, with commas between them.',
  'birth.where': 'Filter of a birth by first event, as JSON.',
  aggregators: 'Names with commas between them, as `mean,p90`; or a JSON array.',
  aggregator: 'One of them, or `average`, `dist`, `stats` as UserMetrics calls them.',
  series: 'Interval of a series, as `month` or `P7D`; or JSON.',
  'series.by': '`event_time` or `birth`; not given: by the kind of the window.',
  'series.age': 'Length of the ages by which a series by birth is cut.',
  age: 'The same as `series.age`.',
  breakdown: '`trait:country` or `property:country`.',
  time_zone: "IANA name; the property's unless given.",
  week_start: "The property's unless given.",
  as_of: 'Only data before this instant is looked at.',
  cache: 'Which stored answer will do; as in POST /requests.',
  min_seq: 'Ingest sequence that the answer must have seen.',
  priority: '`interactive` or `bulk`; as in POST /requests.',
  start: 'UserMetrics: start of the births, of `group=activity` of the window.',
  end: 'UserMetrics: their end.',
  t: 'UserMetrics: how long each user is measured; a bare whole number is hours.',
  group: 'UserMetrics: `reg`, each user from registration, or `activity`, all from start to end.',
  slice: 'UserMetrics: how long a slice of a series is; a bare whole number is hours.',
  time_series: 'UserMetrics: `true` for a series.',
  wait: 'Seconds to wait for the answer, 0 to 60.',
};

/** Documents the query of a link. */
export function ApiLinkQuery(): MethodDecorator {
  const own = Object.entries(LINK_PARAMETERS).map(([name, description]) =>
    ApiQuery({ name, description, required: false, schema: { type: 'string' } }),
  );
  const ofMetric = ApiQuery({
    name: 'params',
    description: 'The parameters of the metric, each by its name: `n=5`, `event=edit,view`, `where={...}` as JSON.',
    required: false,
    style: 'form',
    explode: true,
    schema: { type: 'object', additionalProperties: { type: 'string' } },
  });
  return applyDecorators(...own, ofMetric) as MethodDecorator;
}
