import type { CanonicalRequest } from '../request/canonical-request.js';
import { metric } from './catalogue.js';
import type { Column } from './metric.js';

/** The columns of a request: those of its metric, in the units that its parameters ask for. */
export function columnsOf({ metric: id, params }: Pick<CanonicalRequest, 'metric' | 'params'>): readonly Column[] {
  const { columns, columnsFor } = metric(id);
  return columnsFor?.(params) ?? columns;
}
