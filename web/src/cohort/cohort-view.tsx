import { useState, type ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import { unwrap, type Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { useChange } from '../api/changes.js';
import { changedCohort, useCohort } from '../api/cohorts.js';
import { useProperty } from '../app/property.js';
import { Facts } from '../parts/facts.js';
import { Instant } from '../parts/instant.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { Tabs } from '../parts/tabs.js';
import { Tags } from '../parts/tags.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { formatCount } from '../text/format.js';
import { AboutPanel } from './about-panel.js';
import { DeleteCohort } from './delete-cohort.js';
import { EvaluationsPanel } from './evaluations-panel.js';
import { LabelsDialog } from './labels-dialog.js';
import { MembersPanel } from './members-panel.js';
import { VersionsPanel } from './versions-panel.js';

type Panel = 'about' | 'members' | 'versions' | 'evaluations';

/** Seconds in which most evaluations end; what takes longer is followed in its list. */
const SHORT_S = 3;
const KINDS: Readonly<Record<Cohort['kind'], string>> = { static: 'A list', rule: 'A rule', set: 'A set' };

/** One saved cohort: what it is made of, who is in it, how that has changed, and what to do with it. */
export default function CohortView(): ReactNode {
  const { cohort: id = '' } = useParams<{ cohort: string }>();
  const { property } = useProperty();
  const { data: cohort, error, refetch } = useCohort(property.id, id);
  if (cohort !== undefined) return <CohortOf cohort={cohort} />;
  if (error === null) return <Waiting what="Reading the cohort" isWhole />;
  return (
    <>
      <PageHead title="Cohort" />
      <ProblemNote error={error} onRetry={() => void refetch()} />
    </>
  );
}

function CohortOf({ cohort }: { readonly cohort: Cohort }): ReactNode {
  const { property, grants } = useProperty();
  const [asked, setPanel] = useAddressPart('panel');
  const evaluate = useChange(
    async () => {
      const path = { property: property.id, cohort: cohort.id };
      const params = { path, query: { wait: SHORT_S } };
      return unwrap(await api.POST('/v1/properties/{property}/cohorts/{cohort}/evaluations', { params }));
    },
    {
      changes: changedCohort(property.id, cohort.id),
      onDone: ({ status }) => {
        if (status !== 'succeeded') setPanel('evaluations');
      },
    },
  );
  const isEvaluated = cohort.kind === 'static' || cohort.evaluation !== null;
  const tabs: readonly { readonly id: Panel; readonly label: string }[] = [
    { id: 'about', label: 'What it is' },
    ...(grants.has('people:read') ? [{ id: 'members' as const, label: 'Members' }] : []),
    { id: 'versions', label: 'Versions' },
    ...(cohort.kind === 'static' ? [] : [{ id: 'evaluations' as const, label: 'Evaluations' }]),
  ];
  const chosen = tabs.find((tab) => tab.id === asked)?.id ?? 'about';
  const mayEvaluate = cohort.kind !== 'static' && grants.has('cohorts:write');
  return (
    <>
      <Head cohort={cohort}>
        {mayEvaluate && (
          <button type="button" className="button" disabled={evaluate.isPending} onClick={() => evaluate.mutate()}>
            {evaluate.isPending ? 'Evaluating…' : 'Evaluate now'}
          </button>
        )}
      </Head>
      <Facts
        facts={[
          ['Users', isEvaluated && cohort.size !== null ? formatCount(cohort.size) : 'not evaluated yet'],
          ['Version', cohort.version],
          ['Changed', <Instant key="changed" at={cohort.updated_at} zone={property.time_zone} />],
          ...(cohort.evaluation === null
            ? []
            : ([
                ['Evaluated as of', <Instant key="of" at={cohort.evaluation.as_of} zone={property.time_zone} />],
              ] as const)),
          ...(cohort.tags.length === 0 ? [] : ([['Tags', <Tags key="tags" tags={cohort.tags} />]] as const)),
        ]}
      />
      {cohort.evaluation?.stale === true && (
        <p className="note note-warn">Data or time has moved since: another evaluation could find other users.</p>
      )}
      {evaluate.error !== null && <ProblemNote error={evaluate.error} what="It was not evaluated" />}
      <Tabs
        label="Parts of the cohort"
        tabs={tabs}
        chosen={chosen}
        onChoose={(panel) => setPanel(panel === 'about' ? '' : panel)}
      >
        {chosen === 'about' && <AboutPanel cohort={cohort} />}
        {chosen === 'members' && <MembersPanel cohort={cohort} />}
        {chosen === 'versions' && <VersionsPanel cohort={cohort} />}
        {chosen === 'evaluations' && <EvaluationsPanel cohort={cohort} />}
      </Tabs>
    </>
  );
}

interface HeadProps {
  readonly cohort: Cohort;
  /** What else can be done with it. */
  readonly children: ReactNode;
}

function Head({ cohort, children }: HeadProps): ReactNode {
  const { property, grants, at } = useProperty();
  const [open, setOpen] = useState<'labels' | 'delete' | null>(null);
  const isAway = cohort.archived_at !== null;
  const move = useChange(
    async () => {
      const params = { path: { property: property.id, cohort: cohort.id } };
      return unwrap(
        isAway
          ? await api.POST('/v1/properties/{property}/cohorts/{cohort}/restore', { params })
          : await api.POST('/v1/properties/{property}/cohorts/{cohort}/archive', { params }),
      );
    },
    { changes: changedCohort(property.id, cohort.id) },
  );
  return (
    <>
      <PageHead
        title={cohort.name}
        lead={cohort.description === '' ? `${KINDS[cohort.kind]}.` : cohort.description}
        actions={
          <>
            {children}
            {grants.has('cohorts:write') && (
              <>
                <button type="button" className="button" onClick={() => setOpen('labels')}>
                  Rename…
                </button>
                <button type="button" className="button" disabled={move.isPending} onClick={() => move.mutate()}>
                  {isAway ? 'Take back' : 'Put away'}
                </button>
                <button type="button" className="button button-bad" onClick={() => setOpen('delete')}>
                  Delete…
                </button>
              </>
            )}
            <Link className="button button-main" href={`${at('ask')}?cohort=${encodeURIComponent(cohort.name)}`}>
              Ask about it
            </Link>
          </>
        }
      />
      {isAway && <p className="note">It is put away: lists leave it out, and it answers as before.</p>}
      {move.error !== null && <ProblemNote error={move.error} what="It stayed as it was" />}
      {open === 'labels' && <LabelsDialog cohort={cohort} onClose={() => setOpen(null)} />}
      {open === 'delete' && <DeleteCohort cohort={cohort} onClose={() => setOpen(null)} />}
    </>
  );
}
