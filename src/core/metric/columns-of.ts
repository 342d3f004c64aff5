import type { CanonicalRequest } from '../request/canonical-request.js';
import { metric } from './catalogue.js';
import type { Column } from './metric.js';
import { periodMs, unitMs, unitName } from './time-unit.js';

/** The columns of a request: those of its metric, in the units that its parameters ask for. */
export function columnsOf({ metric: id, params }: Pick<CanonicalRequest, 'metric' | 'params'>): readonly Column[] {
  const { columns } = metric(id);
  switch (id) {
    case 'event_rate': {
      const unit = unitName(periodMs(params));
      return withUnits(columns, { rate: `event/${unit}`, period: unit });
    }
    case 'time_to_threshold':
      return withUnits(columns, { duration: unitName(unitMs(params)) });
    default:
      return columns;
  }
}

function withUnits(columns: readonly Column[], units: Readonly<Record<string, string>>): readonly Column[] {
  return columns.map((column) => {
    const unit = units[column.name];
    return unit === undefined ? column : Object.assign({}, column, { unit });
  });
}
