import { Failure, invalidParameter } from '../../core/failure.js';
import { parseCohortName } from '../../core/cohort/cohort-name.js';
import { parseDescription, parseTags } from '../parse-cohort-body.js';
import type { CohortLabels } from '../cohort-store.js';
import type { UploadQuery } from './upload-queries.dto.js';

/** What the query of an upload says of the cohort that it is to be; without a name it is to be a version of another. */
export interface UploadLabels extends Omit<CohortLabels, 'name'> {
  readonly name: string | null;
}

/** @throws Failure invalid_parameter */
export function uploadLabels({ name, description, tags, cohort }: UploadQuery): UploadLabels {
  if (cohort !== undefined) {
    const given = Object.entries({ name, description, tags }).find(([, value]) => value !== undefined);
    if (given)
      throw invalidParameter(
        given[0],
        `${given[0]} is for a new cohort; a new version of \`cohort\` keeps what it has. PATCH changes it.`,
      );
    return { name: null, description: '', tags: [] };
  }
  if (name === undefined)
    throw invalidParameter(
      'name',
      'Say what the cohort is to be called by name, or of which it is to be a new version by cohort.',
    );
  return {
    name: parameter('name', () => parseCohortName(name, '')),
    description: parameter('description', () => parseDescription(description)),
    tags: parameter('tags', () => parseTags(tags?.split(',').filter(Boolean))),
  };
}

/** What is wrong with a value is wrong with the parameter. */
function parameter<T>(name: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (error instanceof Failure) throw invalidParameter(name, error.detail);
    throw error;
  }
}
