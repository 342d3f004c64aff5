import type { ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useQueryClient } from '@tanstack/react-query';
import type { Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { unwrapNothing, useChange } from '../api/changes.js';
import { cohortKey, useCohortUsage } from '../api/cohorts.js';
import { useProperty } from '../app/property.js';
import { ConfirmDialog } from '../parts/confirm-dialog.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';

interface Props {
  readonly cohort: Cohort;
  readonly onClose: () => void;
}

/** Deletes a cohort for good, after its name was typed; who uses it is told before. */
export function DeleteCohort({ cohort, onClose }: Props): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const client = useQueryClient();
  const { data: usage, error } = useCohortUsage(property.id, cohort.id);
  const isUsed = usage !== undefined && (usage.cohorts.length > 0 || usage.requests_total > 0);
  const remove = useChange(
    async () => {
      const path = { property: property.id, cohort: cohort.id };
      const params = { path, query: { force: isUsed ? ('true' as const) : ('false' as const) } };
      unwrapNothing(await api.DELETE('/v1/properties/{property}/cohorts/{cohort}', { params }));
    },
    {
      changes: [['cohorts', property.id]],
      onDone: () => {
        navigate(at('cohorts'));
        client.removeQueries({ queryKey: cohortKey(property.id, cohort.id) });
      },
    },
  );
  return (
    <ConfirmDialog
      title={`Delete ${cohort.name}`}
      action="Delete it for good"
      typed={cohort.name}
      change={remove}
      onConfirm={() => remove.mutate()}
      onClose={onClose}
    >
      <p>
        Its versions and evaluations go with it. Answers that were given stay. <strong>There is no way back.</strong> To
        leave it out of lists alone, put it away.
      </p>
      {usage === undefined && error === null && <Waiting what="Looking for what uses it" />}
      {error !== null && <ProblemNote error={error} what="What uses it is not known" />}
      {usage !== undefined && usage.cohorts.length > 0 && (
        <p className="note note-warn">
          {usage.cohorts.map(({ name }) => name).join(', ')} {usage.cohorts.length === 1 ? 'is' : 'are'} made of it, and
          cannot be evaluated or asked about any more.
        </p>
      )}
      {usage !== undefined && usage.requests_total > 0 && (
        <p>{formatCount(usage.requests_total)} requests name it: their answers stay, and they cannot be asked again.</p>
      )}
    </ConfirmDialog>
  );
}
