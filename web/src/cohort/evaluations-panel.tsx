import { useEffect, useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useQueryClient } from '@tanstack/react-query';
import { unwrap, type Cohort, type components } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { changedCohort, cohortKey } from '../api/cohorts.js';
import { useList } from '../api/lists.js';
import { useProperty } from '../app/property.js';
import { DataTable } from '../parts/data-table.js';
import { Empty } from '../parts/empty.js';
import { Instant } from '../parts/instant.js';
import { ListFrame } from '../parts/list-frame.js';
import { ProblemNote } from '../parts/problem-note.js';
import { StatusBadge } from '../parts/status-badge.js';
import { formatCount, formatMs } from '../text/format.js';
import { FreezeDialog } from './freeze-dialog.js';

type Evaluation = components['schemas']['Evaluation'];

/** When a rule or set was worked out, by which data, and whom that found; those under way are followed. */
export function EvaluationsPanel({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { property, grants } = useProperty();
  const client = useQueryClient();
  const [frozen, setFrozen] = useState<Evaluation | null>(null);
  const list = useList<Evaluation>(
    [...cohortKey(property.id, cohort.id), 'evaluations'],
    async (cursor, signal) => {
      const params = { path: { property: property.id, cohort: cohort.id }, query: { limit: 50, ...cursor } };
      return unwrap(await api.GET('/v1/properties/{property}/cohorts/{cohort}/evaluations', { params, signal }));
    },
    { isUnderWay: (items) => items.some(isUnderWay) },
  );
  const newest = list.data?.pages[0]?.data.find(({ status }) => status === 'succeeded')?.id;
  const isBehind = newest !== undefined && newest !== cohort.evaluation?.id;
  useEffect(() => {
    if (isBehind) void client.invalidateQueries({ queryKey: [...cohortKey(property.id, cohort.id), 'itself'] });
  }, [client, property.id, cohort.id, isBehind]);
  const remove = useChange(
    async (id: string) => {
      const params = { path: { property: property.id, cohort: cohort.id, id } };
      unwrapNothing(await api.DELETE('/v1/properties/{property}/cohorts/{cohort}/evaluations/{id}', { params }));
    },
    { changes: changedCohort(property.id, cohort.id) },
  );
  return (
    <>
      {remove.error !== null && <ProblemNote error={remove.error} what="It stayed as it was" />}
      <ListFrame
        list={list}
        what="the evaluations"
        empty={
          <Empty title="It was never evaluated">
            {grants.has('cohorts:write')
              ? 'Evaluate now, at the top, finds who is in it by all data there are, and keeps the members.'
              : 'Somebody who may write cohorts evaluates it. Requests about it need no evaluation.'}
          </Empty>
        }
      >
        {(rows) => (
          <DataTable
            label="Evaluations"
            rows={rows}
            keyOf={({ id }) => id}
            columns={[
              {
                label: 'Begun',
                cell: ({ created_at, version, data_version: data }) => (
                  <>
                    <Instant at={created_at} zone={property.time_zone} />
                    <span className="under">
                      version {version}, by data version {formatCount(data)}
                    </span>
                  </>
                ),
              },
              { label: 'State', cell: (one) => <State evaluation={one} /> },
              { label: 'Users', isNumber: true, cell: ({ size }) => (size === null ? '–' : formatCount(size)) },
              {
                label: 'It took',
                cell: (one) => (
                  <span className="instant">
                    {timeOf(one)}
                    {one.rows_read !== null && <span className="under">{formatCount(one.rows_read)} rows read</span>}
                  </span>
                ),
              },
              {
                label: '',
                cell: (one) => (
                  <Actions
                    cohort={cohort}
                    evaluation={one}
                    isBusy={remove.isPending}
                    onFreeze={() => setFrozen(one)}
                    onRemove={() => remove.mutate(one.id)}
                  />
                ),
              },
            ]}
          />
        )}
      </ListFrame>
      {frozen && <FreezeDialog cohort={cohort} evaluation={frozen} onClose={() => setFrozen(null)} />}
    </>
  );
}

function isUnderWay({ status }: Evaluation): boolean {
  return status === 'queued' || status === 'running';
}

function timeOf({ started_at: start, finished_at: end }: Evaluation): string {
  return start === null || end === null ? '–' : formatMs(Date.parse(end) - Date.parse(start));
}

function State({ evaluation }: { readonly evaluation: Evaluation }): ReactNode {
  return (
    <>
      <StatusBadge status={evaluation.status} />
      {isUnderWay(evaluation) && <progress aria-label="It is under way" />}
      {evaluation.error !== null && <span className="under">{evaluation.error.detail}</span>}
    </>
  );
}

interface ActionsProps {
  readonly cohort: Cohort;
  readonly evaluation: Evaluation;
  readonly isBusy: boolean;
  readonly onFreeze: () => void;
  readonly onRemove: () => void;
}

function Actions({ cohort, evaluation, isBusy, onFreeze, onRemove }: ActionsProps): ReactNode {
  const { grants, at } = useProperty();
  const mayWrite = grants.has('cohorts:write');
  const hasMembers = evaluation.status === 'succeeded';
  return (
    <div className="actions">
      {hasMembers && grants.has('people:read') && (
        <Link
          className="button button-small"
          href={`${at(`cohorts/${cohort.id}`)}?panel=members&evaluation=${evaluation.id}`}
        >
          Members
        </Link>
      )}
      {hasMembers && mayWrite && (
        <button type="button" className="button button-small" onClick={onFreeze}>
          Save as list…
        </button>
      )}
      {mayWrite && (
        <button type="button" className="button button-small" disabled={isBusy} onClick={onRemove}>
          {isUnderWay(evaluation) ? 'Cancel' : 'Remove'}
        </button>
      )}
    </div>
  );
}
