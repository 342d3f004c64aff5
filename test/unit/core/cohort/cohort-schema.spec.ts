import { Ajv2020 } from 'ajv/dist/2020.js';
import * as fc from 'fast-check';
import { COHORT_SCHEMA } from '../../../../src/core/cohort/cohort-schema.js';
import { parseCohort } from '../../../../src/core/cohort/parse-cohort.js';
import { Failure } from '../../../../src/core/failure.js';
import { cohort } from '../../../support/oracle/arbitrary-cohort.js';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true }).compile(COHORT_SCHEMA);
const REFUSED_BY_BOTH = ['unknown_field', 'invalid_field', 'invalid_filter'];

/** The JSON with one key renamed, one value replaced or one part left out. */
const broken = fc.tuple(cohort, fc.nat(), fc.constantFrom('x', 7, null, true, [], {})).map(([json, at, by]) => {
  let i = 0;
  const changed = JSON.parse(JSON.stringify(json), (_key, item: unknown) => (i++ === at % 40 ? by : item)) as unknown;
  return changed;
});

function isRead(value: unknown): boolean {
  try {
    parseCohort(value, '', 'UTC');
    return true;
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return !REFUSED_BY_BOTH.includes(error.code);
  }
}

describe('the JSON Schema of a cohort', () => {
  it('takes whatever is read', () => {
    fc.assert(
      fc.property(cohort, (json) => {
        const value: unknown = JSON.parse(JSON.stringify(json));
        expect([validate(value), validate.errors]).toEqual([true, null]);
      }),
    );
  });

  it('takes nothing that is refused for its shape, and refuses nothing that is read', () => {
    fc.assert(
      fc.property(broken, (value) => {
        if (validate(value)) expect([value, isRead(value)]).toEqual([value, true]);
        else expect(() => parseCohort(value, '', 'UTC')).toThrow(Failure);
      }),
      { numRuns: 300 },
    );
  });
});
