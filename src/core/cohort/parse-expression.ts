import { invalid } from '../failure.js';
import { quoted } from '../json-shape.js';
import { EVERYBODY, isCohortId, parseCohortName } from './cohort-name.js';
import type { NamedCohort } from './definition.js';
import type { DefinitionBudget } from './definition-limits.js';
import { intersection, union } from './normal-set.js';

/** A name has at most 200 characters, so this is more than the limit of nodes lets through. */
const MAX_LENGTH = 200_000;
const TOKEN = /[&~()]|[^&~()]+/g;

/**
 * Names and ids of cohorts, joined by `&` (in all) and `~` (in any), `&` binding tighter, with parentheses:
 * `january&buyers~coh_...`. White space around a name is not part of it; `all` is everybody. 422: `invalid_field`,
 * `limit_exceeded`.
 */
export function parseExpression(text: string, budget: DefinitionBudget, pointer: string, depth: number): NamedCohort {
  return new ExpressionReader(text, budget, pointer, depth).read();
}

class ExpressionReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(
    text: string,
    private readonly budget: DefinitionBudget,
    private readonly pointer: string,
    private readonly depth: number,
  ) {
    if (text.length > MAX_LENGTH) throw this.#wrong(`has more than ${MAX_LENGTH} characters`);
    this.#tokens = [...text.matchAll(TOKEN)].map(([token]) => token.trim()).filter((token) => token !== '');
  }

  read(): NamedCohort {
    const cohort = this.#union(this.depth);
    const left = this.#tokens[this.#next];
    if (left !== undefined) throw this.#wrong(`has ${quoted(left)} where \`&\`, \`~\` or its end should be`);
    return cohort;
  }

  #union(depth: number): NamedCohort {
    return union(this.#joined('~', () => this.#intersection(depth)));
  }

  #intersection(depth: number): NamedCohort {
    return intersection(this.#joined('&', () => this.#operand(depth)));
  }

  #joined(operator: string, operand: () => NamedCohort): NamedCohort[] {
    const operands = [operand()];
    while (this.#tokens[this.#next] === operator) {
      this.#next += 1;
      operands.push(operand());
    }
    return operands;
  }

  #operand(depth: number): NamedCohort {
    this.budget.node(depth, this.pointer);
    const token = this.#tokens[this.#next];
    this.#next += 1;
    if (token === '(') return this.#inParentheses(depth + 1);
    if (token === undefined || (token.length === 1 && '&~)'.includes(token))) {
      throw this.#wrong(`has ${token === undefined ? 'its end' : quoted(token)} where a name should be`);
    }
    if (token === EVERYBODY) return { all: true };
    const named = isCohortId(token) ? token : parseCohortName(token, this.pointer);
    return { named, pointer: this.pointer };
  }

  #inParentheses(depth: number): NamedCohort {
    const cohort = this.#union(depth);
    if (this.#tokens[this.#next] !== ')') throw this.#wrong('has a `(` that is not closed');
    this.#next += 1;
    return cohort;
  }

  #wrong(what: string): Error {
    return invalid(
      'invalid_field',
      this.pointer,
      `An expression joins names and ids by & and ~, such as "january&(buyers~readers)"; this one ${what}.`,
    );
  }
}
