import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { useQuery } from '@tanstack/react-query';
import { unwrap, type components } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { useProperty } from '../app/property.js';
import { Facts } from '../parts/facts.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Section } from '../parts/section.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { FinishUpload } from './finish-upload.js';
import { UploadRows } from './upload-rows.js';
import { VERDICTS } from './verdicts.js';

type Upload = components['schemas']['Upload'];

const READ_AGAIN_MS = 800;

/** A list that was sent: the verdict on every row, and the way to make a cohort of it. */
export default function UploadView(): ReactNode {
  const { id = '' } = useParams<{ id: string }>();
  const { property } = useProperty();
  const path = { property: property.id, id };
  const {
    data: upload,
    error,
    refetch,
  } = useQuery({
    queryKey: ['upload', property.id, id],
    queryFn: async () => unwrap(await api.GET('/v1/properties/{property}/cohort-uploads/{id}', { params: { path } })),
    refetchInterval: ({ state: { data } }) => (data !== undefined && isChecked(data) ? false : READ_AGAIN_MS),
  });
  if (upload !== undefined) return <UploadOf upload={upload} />;
  if (error === null) return <Waiting what="Reading the list" isWhole />;
  return (
    <>
      <PageHead title="List" />
      <ProblemNote error={error} onRetry={() => void refetch()} />
    </>
  );
}

function UploadOf({ upload }: { readonly upload: Upload }): ReactNode {
  const { grants, at } = useProperty();
  const counts = upload.validation?.counts;
  const mayWrite = grants.has('cohorts:write');
  return (
    <>
      <PageHead
        title={upload.name ?? (upload.target === null ? 'List' : 'A new version')}
        lead="Each row has a verdict. A cohort is made when you say so."
        actions={mayWrite && isChecked(upload) && upload.status !== 'finished' && <CheckAgain upload={upload} />}
      />
      {!isChecked(upload) && (
        <Waiting what={`Checking the rows: ${formatCount(upload.rows_checked)} of ${formatCount(upload.rows)}`} />
      )}
      {upload.error !== null && <p className="problem">{upload.error.detail}</p>}
      {upload.warnings.map(({ code, detail }) => (
        <p key={code} className="note note-warn">
          {detail}
        </p>
      ))}
      {upload.cohort !== null && (
        <p className="note">
          It is <Link href={at(`cohorts/${upload.cohort.id}`)}>a cohort</Link>, version {upload.cohort.version}.
        </p>
      )}
      {counts !== undefined && (
        <>
          <Facts isLarge facts={VERDICTS.map((verdict) => [verdict, formatCount(counts[verdict])])} />
          {upload.status !== 'finished' && mayWrite && (
            <Section title={upload.target === null ? 'Make a cohort of it' : 'Make a version of it'}>
              <FinishUpload upload={upload} />
            </Section>
          )}
          <UploadRows upload={upload} />
        </>
      )}
    </>
  );
}

/** By the users who are known by now, strict or lenient. */
function CheckAgain({ upload }: { readonly upload: Upload }): ReactNode {
  const { property } = useProperty();
  const check = useChange(
    async (validate: Upload['validate']) => {
      const params = { path: { property: property.id, id: upload.id }, query: { validate } };
      return unwrap(await api.POST('/v1/properties/{property}/cohort-uploads/{id}/validate', { params }));
    },
    {
      changes: [
        ['upload', property.id, upload.id],
        ['upload-rows', upload.id],
        ['uploads', property.id],
      ],
    },
  );
  const other = upload.validate === 'strict' ? 'lenient' : 'strict';
  return (
    <>
      <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate(upload.validate)}>
        Check again
      </button>
      <button type="button" className="button" disabled={check.isPending} onClick={() => check.mutate(other)}>
        {other === 'lenient' ? 'Check, and take unknown users too' : 'Check, and leave unknown users out'}
      </button>
      {check.error !== null && <ProblemNote error={check.error} what="It was not checked again" />}
    </>
  );
}

function isChecked({ status }: Upload): boolean {
  return status === 'validated' || status === 'failed' || status === 'finished';
}
