import { Injectable } from '@nestjs/common';
import type { EntityManager } from 'typeorm';
import { parseCohortName } from '../../core/cohort/cohort-name.js';
import { Failure, invalid } from '../../core/failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys } from '../../core/json-shape.js';
import { Problems } from '../../core/problems.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import { CohortStore, requireFound, type CurrentCohort, type VersionContent } from '../cohort-store.js';
import { CohortEntity } from '../cohort.entity.js';
import { parseDescription, parseTags } from '../parse-cohort-body.js';
import { MemberSetsService } from '../member-sets.service.js';
import { CohortUploadEntity, type UploadedCohort, type Validation } from './cohort-upload.entity.js';
import { FINISHED_MEMBERS, type FinishedMembers } from './upload.dto.js';
import { UploadsService, isUnderWay, stillOpen } from './uploads.service.js';

interface AskedFinish {
  readonly members: FinishedMembers;
  /** Of the new cohort; undefined: as the upload says. */
  readonly name: string | undefined;
  readonly description: string | undefined;
  readonly tags: readonly string[] | undefined;
}

/** The cohort that an upload has become, and whether it has just been made. */
export interface Finished extends CurrentCohort {
  readonly isNew: boolean;
}

/** Makes cohorts of uploads. */
@Injectable()
export class UploadFinisher {
  constructor(
    private readonly uploads: UploadsService,
    private readonly cohorts: CohortStore,
    private readonly memberSets: MemberSetsService,
    private readonly store: UploadStore,
  ) {}

  /**
   * Makes the cohort, or a version of the one that the upload is for. Of several at once one does it, and the others
   * get the same answer: the upload is locked meanwhile, so that its rows stay, too.
   *
   * @throws Failure not_found, invalid_field, unknown_field, not_validated, upload_not_valid, conflict,
   * precondition_failed
   */
  async finish(property: PropertyEntity, id: string, body: unknown, ifMatch: string | undefined): Promise<Finished> {
    const requested = parseFinish(body);
    const { name } = await this.uploads.get(property, id);
    return await this.cohorts.write(requested.name ?? name ?? '', async (manager) => {
      const upload = await this.uploads.lock(manager, property, id);
      if (upload.cohort) return { ...(await this.madeBefore(manager, upload.cohort)), isNew: false };
      const validation = fit(upload, requested);
      const content = await this.content(manager, property, upload, validation);
      const made = await this.made(manager, property, upload, requested, content, ifMatch);
      const cohort = { id: made.cohort.id, version: made.current.version };
      await manager.update(CohortUploadEntity, { id }, { state: 'finished', cohort });
      return { ...made, isNew: upload.targetId === null };
    });
  }

  private async madeBefore(manager: EntityManager, { id, version }: UploadedCohort): Promise<CurrentCohort> {
    const gone = 'The cohort that the upload has become is not there any more.';
    const cohort = requireFound(await manager.findOneBy(CohortEntity, { id }), gone);
    return { cohort, current: await this.cohorts.version(id, version, manager) };
  }

  private async content(
    manager: EntityManager,
    property: PropertyEntity,
    { id: uploadId }: CohortUploadEntity,
    { attempt, mode, setHash, members: size }: Validation,
  ): Promise<VersionContent> {
    await this.memberSets.saveBy(manager, property, { setHash, size }, () =>
      this.store.saveAccepted({ uploadId, attempt }, mode, property.number, setHash),
    );
    return { kind: 'static', setHash, size };
  }

  private async made(
    manager: EntityManager,
    property: PropertyEntity,
    upload: CohortUploadEntity,
    requested: AskedFinish,
    content: VersionContent,
    ifMatch: string | undefined,
  ): Promise<CurrentCohort> {
    if (upload.targetId === null) {
      const { name = upload.name ?? '', description = upload.description, tags = upload.tags } = requested;
      return await this.cohorts.insert(manager, property, { name, description, tags }, content);
    }
    refuseLabels(requested);
    const locked = await this.cohorts.lock(manager, upload.targetId, ifMatch ?? upload.ifMatch ?? undefined);
    return await this.cohorts.replace(manager, locked, locked.cohort, content);
  }
}

/** @throws Failure invalid_field for a label of what is to be a version of a cohort */
function refuseLabels({ name, description, tags }: AskedFinish): void {
  const given = Object.entries({ name, description, tags }).find(([, value]) => value !== undefined);
  if (given === undefined) return;
  const detail = `${given[0]} is for a new cohort; this is a version of one that keeps what it has. PATCH changes it.`;
  throw invalid('invalid_field', `/${given[0]}`, detail);
}

/** The validation by which an upload can be finished so. @throws Failure not_validated, upload_not_valid */
function fit(upload: CohortUploadEntity, { members }: AskedFinish): Validation {
  if (isUnderWay(upload)) throw stillOpen(upload);
  const { validation, state } = upload;
  if (state !== 'validated' || validation === null) {
    throw new Failure(
      'not_validated',
      `The validation has failed: ${upload.error?.detail} POST .../validate tries again.`,
    );
  }
  const { counts, mode } = validation;
  const unknown = mode === 'strict' ? counts.unknown : 0;
  if (members === 'all' && counts.invalid + unknown > 0) {
    const lenient = unknown > 0 ? ' POST .../validate?validate=lenient takes users who are not known, too.' : '';
    const detail = `${counts.invalid} rows are invalid, and ${unknown} name users who are not known: GET .../rows tells which. Finish with {"members": "valid"} without them.${lenient}`;
    throw new Failure('upload_not_valid', detail, [], { counts: { rows: upload.rows, ...counts } });
  }
  if (validation.members === 0) {
    const detail = 'No row is valid, so there is nobody to make a cohort of: GET .../rows tells why.';
    throw new Failure('upload_not_valid', detail, [], { counts: { rows: upload.rows, ...counts } });
  }
  return validation;
}

/** The body of a finish (FinishUploadDto). @throws Failure invalid_field, unknown_field */
function parseFinish(body: unknown): AskedFinish {
  if (!isObject(body)) throw invalid('invalid_field', '', 'Say who is to be in the cohort: {"members": "valid"}.');
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(body, ['members', 'name', 'description', 'tags'], '', 'A finish'));
  const { members, name, description: about, tags: labels } = body;
  if (!FINISHED_MEMBERS.some((known) => known === members)) {
    problems.take(() => {
      const detail = `\`members\` is "all" or "valid", not ${quoted(members)}.`;
      throw invalid('invalid_field', '/members', detail);
    });
  }
  const parsed = isGiven(name) ? problems.take(() => parseCohortName(name, '/name')) : undefined;
  const description = isGiven(about) ? problems.take(() => parseDescription(about)) : undefined;
  const tags = isGiven(labels) ? problems.take(() => parseTags(labels)) : undefined;
  problems.throwIfAny();
  return { members: members as FinishedMembers, name: parsed, description, tags };
}
