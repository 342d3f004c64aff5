import { NEWLY_REGISTERED } from '../../core/metric/newly-registered.js';
import { metricCompiler } from './metric-sql.js';

/** One who registers later in a window that is not over is not counted until then. */
export const NEWLY_REGISTERED_SQL = metricCompiler(NEWLY_REGISTERED, () => ({
  ofFacts: () => [],
  ofArrays: () => [],
  readsBounds: true,
  ofMeasures: ['birth_ms >= start_ms AND birth_ms < end_ms AS is_registered'],
  changesAt: 'if(birth_ms >= as_of_ms, greatest(birth_ms, as_of_ms + 1), NULL)',
  numbers: ['is_registered'],
  reasons: ['outcome'],
  decides: ['is_registered'],
}));
