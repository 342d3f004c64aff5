import { addCalendar, periodAt, type Period } from '../time/calendar.js';
import type { PlannedCells, PlannedWindow, RunPlan } from './run-plan.js';

/** Instants of events that some window of a run can hold, its births widened by offset and length; open ends are infinite. `lookBackMs`: how far before a window the
 * metric looks. */
export function windowReach(
  { window, cells, births }: Pick<RunPlan, 'window' | 'cells' | 'births'>,
  lookBackMs = 0,
): Period {
  const born = { fromMs: births?.fromMs ?? -Infinity, toMs: births?.toMs ?? Infinity };
  const periods = [ofWindow(window, born), ...ofCells(cells, born)];
  return {
    fromMs: Math.min(...periods.map(({ fromMs }) => fromMs)) - lookBackMs,
    toMs: Math.max(...periods.map(({ toMs }) => toMs)),
  };
}

function ofWindow(window: PlannedWindow, born: Period): Period {
  switch (window.kind) {
    case 'fixed':
      return { fromMs: window.fromMs, toMs: window.toMs };
    case 'since_birth':
      return { fromMs: born.fromMs + window.offsetMs, toMs: born.toMs + window.offsetMs + window.lengthMs };
    case 'since_calendar': {
      const { timeZone, weekStart, unit, to, lastsMs } = window;
      const periodOf = (ms: number): number => periodAt(ms, unit, { timeZone, weekStart }).fromMs;
      return {
        // Never before the birth itself.
        fromMs: born.fromMs,
        toMs: born.toMs === Infinity ? Infinity : addCalendar(periodOf(born.toMs - 1), to, timeZone) + lastsMs,
      };
    }
  }
}

function ofCells(cells: PlannedCells | undefined, born: Period): readonly Period[] {
  if (!cells) return [];
  if (cells.by === 'event_time') return cells.windows;
  // Those of the calendar lie between the births and the end of the whole window.
  if (cells.ages?.by !== 'elapsed') return [];
  return cells.ages.cells.map(({ fromMs, toMs }) => ({ fromMs: born.fromMs + fromMs, toMs: born.toMs + toMs }));
}
