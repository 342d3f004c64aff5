import type { TraitFilter } from '../event/filter.js';
import type { FilterClock } from '../event/time-bound.js';
import type { CanonicalRequest } from '../request/canonical-request.js';
import type { Aggregator } from '../statistics/aggregators.js';
import type { Warning } from '../warning-codes.js';
import type { Column, MetricExample, NullRule } from './metric.js';
import { parameterReader, type MetricParameter, type ParametersOf, type ParameterValues } from './parameter.js';

/** What the compiler needs of a metric's parameters, as JSON; `kind` is the metric's id. */
export interface MetricPlan {
  readonly kind: string;
}

/** What a plan depends on beside the parameters. */
export interface MetricContext {
  /** By which times in filters are resolved. */
  readonly clock: FilterClock;
  readonly aggregators: readonly Aggregator[];
}

/** Where the events lie that are counted for a window. */
export interface Reach {
  /** How far before its window the metric looks, in milliseconds. */
  readonly beforeMs: number;
  /**
   * Events count from the end of the window on, so long (Infinity: without end), in milliseconds; null: inside the
   * window.
   */
  readonly afterEndMs: number | null;
}

/** What a metric reads beside the events of its names and filter. */
export interface MetricReads {
  /** Which events change a value: those in reach of a window, any of the property, or none. */
  readonly events: 'in_reach' | 'any' | 'none';
  /** The users with these traits are left out; null: nobody is. */
  readonly excludes: TraitFilter | null;
}

/** The parts of a request that a warning depends on. */
export type WarnedRequest = Pick<CanonicalRequest, 'params' | 'window' | 'birth' | 'series'>;

/** What validation, documents and shaping know of every metric; it depends on no parameter. */
interface MetricFacts<Id extends string> {
  readonly id: Id;
  readonly version: number;
  readonly title: string;
  readonly description: string;
  /** The formula in words. */
  readonly formula: string;
  readonly columns: readonly Column[];
  /** When a column is null, by reason. */
  readonly nullRules: readonly NullRule[];
  /** The window is the metric's own `t`: `t` equals the length. */
  readonly windowFromT: boolean;
  /** Its `t` counts from the birth itself: a window has no offset. */
  readonly refusesOffset?: true;
  /** Looks at registrations alone: a fixed window, birth by registration, no events. */
  readonly ofRegistrations?: true;
  /** Has no window: looks back from as_of, or in a series from the end of each slice. */
  readonly looksBack?: true;
  /** A worked example that the tests execute. */
  readonly example: MetricExample;
}

/** A metric as its file declares it; `T` is what its parameters are read as. */
export interface MetricDeclaration<
  Id extends string,
  T extends object,
  Plan extends MetricPlan,
> extends MetricFacts<Id> {
  readonly parameters: ParametersOf<T>;
  /** The columns with these parameters, where they depend on them: their units, and which of them there are. */
  columnsFor?(params: NoInfer<T>): readonly Column[];
  /** Refuses parameters that are fine alone and not together. Throws a `Failure`. */
  check?(params: NoInfer<T>, pointer: string): void;
  plan(params: NoInfer<T>, context: MetricContext): Plan;
  /** Not given: the window itself. */
  reach?(params: NoInfer<T>): Partial<Reach>;
  /** Not given: the events in reach, and no traits. */
  reads?(params: NoInfer<T>): Partial<MetricReads>;
  /** How far before its windows the run reads events, in milliseconds; not given: 0. */
  lookBackMs?(plan: NoInfer<Plan>): number;
  /** The event properties that are read as numbers; not given: none. */
  numericProperties?(plan: NoInfer<Plan>): readonly string[];
  /** Whether a user without birth has no value whatever the window; not given: no. */
  needsBirth?(params: NoInfer<T>): boolean;
  /** How many keys a map column has for certain; not given: not known before it is measured. */
  keys?(params: NoInfer<T>): number | null;
  /** What a reader should know of the numbers of a request, whatever the data are. */
  warnings?(params: NoInfer<T>, request: WarnedRequest): readonly Warning[];
}

/** A metric as all others use it: it answers for canonical parameters. */
export interface MetricDefinition<
  Id extends string = string,
  Plan extends MetricPlan = MetricPlan,
> extends MetricFacts<Id> {
  readonly parameters: Readonly<Record<string, MetricParameter>>;
  columnsFor(params: ParameterValues): readonly Column[];
  /** @throws Failure for parameters that do not go together */
  check(params: ParameterValues, pointer: string): void;
  plan(params: ParameterValues, context: MetricContext): Plan;
  reach(params: ParameterValues): Reach;
  reads(params: ParameterValues): MetricReads;
  lookBackMs(plan: MetricPlan): number;
  numericProperties(plan: MetricPlan): readonly string[];
  needsBirth(params: ParameterValues): boolean;
  keys(params: ParameterValues): number | null;
  warnings(request: WarnedRequest): readonly Warning[];
  isPlan(plan: MetricPlan): plan is Plan;
}

const WINDOW_ITSELF: Reach = { beforeMs: 0, afterEndMs: null };
const EVENTS_IN_REACH: MetricReads = { events: 'in_reach', excludes: null };

export function defineMetric<Id extends string, T extends object, Plan extends MetricPlan>(
  declared: MetricDeclaration<Id, T, Plan>,
): MetricDefinition<Id, Plan> {
  const read = parameterReader(declared.parameters);
  const isPlan = (plan: MetricPlan): plan is Plan => plan.kind === declared.id;
  return {
    ...declared,
    parameters: declared.parameters,
    columnsFor: (values) => declared.columnsFor?.(read(values)) ?? declared.columns,
    check: (values, pointer) => declared.check?.(read(values), pointer),
    plan: (values, context) => declared.plan(read(values), context),
    reach: (values) => ({ ...WINDOW_ITSELF, ...declared.reach?.(read(values)) }),
    reads: (values) => ({ ...EVENTS_IN_REACH, ...declared.reads?.(read(values)) }),
    needsBirth: (values) => declared.needsBirth?.(read(values)) ?? false,
    keys: (values) => declared.keys?.(read(values)) ?? null,
    warnings: (request) => declared.warnings?.(read(request.params), request) ?? [],
    lookBackMs: (plan) => (isPlan(plan) ? (declared.lookBackMs?.(plan) ?? 0) : 0),
    numericProperties: (plan) => (isPlan(plan) ? (declared.numericProperties?.(plan) ?? []) : []),
    isPlan,
  };
}
