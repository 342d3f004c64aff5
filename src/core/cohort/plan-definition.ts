import type { TestOn } from '../event/filter.js';
import { resolveSelector, resolveTest, type FilterClock, type TimeBound } from '../event/time-bound.js';
import { parseDuration } from '../time/duration.js';
import { canonicalText } from '../canonical-text.js';
import type { DefinitionPlan, Membership, PlannedCount, PlannedWithin } from './definition-plan.js';
import {
  isRule,
  isSet,
  type Behaviour,
  type CanonicalCohort,
  type Rule,
  type RuleBirth,
  type RuleInterval,
  type TraitTest,
  type Within,
} from './definition.js';

/** A list of distinct things, each named by its index. */
class Distinct<T extends object> {
  readonly #indexes = new Map<string, number>();
  readonly items: T[] = [];

  add(item: T): number {
    const key = canonicalText(item);
    const known = this.#indexes.get(key);
    if (known !== undefined) return known;
    this.#indexes.set(key, this.items.length);
    return this.items.push(item) - 1;
  }
}

/**
 * What has to be read to tell who is in the cohort. Takes a canonical definition; relative windows end at as_of, dates
 * in texts are days of the zone.
 */
export function planDefinition(cohort: CanonicalCohort, clock: FilterClock): DefinitionPlan {
  const planner = new Planner(clock);
  const membership = planner.cohort(cohort);
  return {
    lists: planner.lists.items.map(({ hash }) => hash),
    counts: planner.counts.items,
    births: planner.births.items,
    traits: planner.traits.items,
    membership,
  };
}

class Planner {
  readonly lists = new Distinct<{ readonly hash: string }>();
  readonly counts = new Distinct<PlannedCount>();
  readonly births = new Distinct<RuleBirth<TimeBound>>();
  readonly traits = new Distinct<TestOn<'trait', TimeBound>>();

  constructor(private readonly clock: FilterClock) {}

  cohort(cohort: CanonicalCohort): Membership {
    if (isRule(cohort)) return { kind: 'and', of: [this.cohort(cohort.universe), this.#rule(cohort.rule)] };
    if (!isSet(cohort)) {
      if ('all' in cohort) return { kind: 'all' };
      return { kind: 'member', list: this.lists.add({ hash: cohort.members }) };
    }
    const { set } = cohort;
    if ('and' in set) return { kind: 'and', of: set.and.map((one) => this.cohort(one)) };
    if ('or' in set) return { kind: 'or', of: set.or.map((one) => this.cohort(one)) };
    const [first, ...others] = set.except.map((one) => this.cohort(one));
    if (!first) throw new Error('A difference of nothing');
    return { kind: 'and', of: [first, { kind: 'not', of: { kind: 'or', of: others } }] };
  }

  #rule(rule: Rule): Membership {
    if ('and' in rule) return { kind: 'and', of: rule.and.map((one) => this.#rule(one)) };
    if ('or' in rule) return { kind: 'or', of: rule.or.map((one) => this.#rule(one)) };
    if ('not' in rule) return { kind: 'not', of: this.#rule(rule.not) };
    if ('did' in rule) return this.#count(rule.did);
    if ('born' in rule) {
      const birth = this.births.add(this.#birth(rule.born.birth));
      return { kind: 'born', birth, ...intervalMs(rule.born) };
    }
    return this.#trait(rule);
  }

  #count(did: Behaviour): Membership {
    const { event, where, within } = did;
    const count = this.counts.add({
      selector: resolveSelector({ event, where }, this.clock),
      within: this.#within(within),
    });
    if ('at_least' in did) return { kind: 'count', count, min: did.at_least, max: null };
    if ('at_most' in did) return { kind: 'count', count, min: 0, max: did.at_most };
    return { kind: 'count', count, min: did.exactly, max: did.exactly };
  }

  #within(within: Within | null): PlannedWithin {
    if (within === null) return { kind: 'interval', fromMs: -Infinity, toMs: Infinity };
    if ('last' in within) {
      return { kind: 'interval', fromMs: this.clock.asOfMs - parseDuration(within.last, ''), toMs: Infinity };
    }
    if (!('since_birth' in within)) return { kind: 'interval', ...intervalMs(within) };
    const { offset, length, birth } = within.since_birth;
    return {
      kind: 'since_birth',
      birth: this.births.add(this.#birth(birth)),
      offsetMs: parseDuration(offset, ''),
      lengthMs: parseDuration(length, ''),
    };
  }

  #birth(birth: RuleBirth): RuleBirth<TimeBound> {
    return birth.kind === 'registration' ? birth : { kind: birth.kind, ...resolveSelector(birth, this.clock) };
  }

  /** Tests are made of what is false without the trait, and of its exact negation. */
  #trait(test: TraitTest): Membership {
    const { trait } = test;
    const plain = (of: TraitTest): Membership => ({
      kind: 'trait',
      trait: this.traits.add(resolveTest<'trait'>(of, this.clock)),
    });
    const not = (of: TraitTest): Membership => ({ kind: 'not', of: plain(of) });
    if ('ne' in test) return not({ trait, eq: test.ne });
    if ('not_in' in test) return not({ trait, in: test.not_in });
    if ('exists' in test && !test.exists) return not({ trait, exists: true });
    return plain(test);
  }
}

function intervalMs({ from, to }: RuleInterval): { readonly fromMs: number; readonly toMs: number } {
  return { fromMs: from === null ? -Infinity : Date.parse(from), toMs: to === null ? Infinity : Date.parse(to) };
}
