import type { ReactNode } from 'react';
import { Link, useParams } from 'wouter';
import type { Answer } from '@muster/client';
import { useCohortWords, useMetricTitle } from '../api/catalogue.js';
import { isOver, useRequest } from '../api/requests.js';
import { useProperty } from '../app/property.js';
import { CopyButton } from '../parts/copy-button.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { StatusBadge } from '../parts/status-badge.js';
import { Tabs } from '../parts/tabs.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { Waiting } from '../parts/waiting.js';
import { bodyOf } from '../text/ask-again.js';
import { windowWords } from '../text/request-words.js';
import { AnswerFacts } from './answer-facts.js';
import { AnswerNotes } from './answer-notes.js';
import { AggregatesPanel } from './aggregates-panel.js';
import { PicturePanel } from './picture-panel.js';
import { ProgressPanel } from './progress-panel.js';
import { UsersPanel } from './users-panel.js';

type Panel = 'picture' | 'figures' | 'users' | 'request';

/** One request: how far it is, and then its answer as pictures, figures, and users. */
export default function RequestView(): ReactNode {
  const { id = '' } = useParams<{ id: string }>();
  const { property } = useProperty();
  const { data: answer, error, refetch } = useRequest(property.id, id);
  if (answer === undefined) {
    return error === null ? (
      <Waiting what="Reading the request" isWhole />
    ) : (
      <>
        <PageHead title="Request" />
        <ProblemNote error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  return <RequestOf answer={answer} />;
}

function RequestOf({ answer }: { readonly answer: Answer }): ReactNode {
  const { at, property } = useProperty();
  const title = useMetricTitle(answer);
  const cohort = useCohortWords(property.id, answer);
  const asked = encodeURIComponent(JSON.stringify(bodyOf(answer)));
  return (
    <>
      <PageHead
        title={`${title} of ${cohort}`}
        lead={windowWords(answer.request, property.time_zone)}
        actions={
          <>
            <CopyButton label="Copy the link" text={() => window.location.href} />
            <Link className="button" href={`${at('ask')}?request=${asked}`}>
              Change and ask again
            </Link>
          </>
        }
      />
      {answer.status === 'succeeded' ? (
        <AnswerOf answer={answer} />
      ) : (
        <section className="panel" aria-label="State">
          <p className="row">
            <StatusBadge status={answer.status} /> <code>{answer.id}</code>
          </p>
          {!isOver(answer) && <ProgressPanel answer={answer} />}
          {answer.error !== null && (
            <div className="problem" role="alert">
              <p className="problem-title">There is no answer</p>
              <p>{answer.error.detail}</p>
              {answer.error.retryable && <p>The same question can be answered later: ask it again.</p>}
            </div>
          )}
          {answer.status === 'cancelled' && <p>It was cancelled before it had an answer. Ask it again to get one.</p>}
        </section>
      )}
    </>
  );
}

function AnswerOf({ answer }: { readonly answer: Answer }): ReactNode {
  const { grants } = useProperty();
  const [panel, setPanel] = useAddressPart('panel');
  const tabs: readonly { readonly id: Panel; readonly label: string }[] = [
    { id: 'picture', label: 'Picture' },
    { id: 'figures', label: 'Figures' },
    ...(grants.has('people:read') && answer.users !== null ? [{ id: 'users' as const, label: 'Users' }] : []),
    { id: 'request', label: 'Request' },
  ];
  const chosen = tabs.find(({ id }) => id === panel)?.id ?? 'picture';
  return (
    <>
      <AnswerNotes answer={answer} />
      <AnswerFacts answer={answer} />
      <Tabs
        label="Parts of the answer"
        tabs={tabs}
        chosen={chosen}
        onChoose={(id) => setPanel(id === 'picture' ? '' : id)}
      >
        {chosen === 'picture' && <PicturePanel answer={answer} />}
        {chosen === 'figures' && <AggregatesPanel answer={answer} />}
        {chosen === 'users' && <UsersPanel answer={answer} />}
        {chosen === 'request' && <RequestText answer={answer} />}
      </Tabs>
    </>
  );
}

function RequestText({ answer }: { readonly answer: Answer }): ReactNode {
  return (
    <section className="stack" aria-label="The request, with every parameter resolved">
      <p className="soft">What was asked, with every parameter resolved. Equal requests have equal hashes.</p>
      {answer.hash !== null && (
        <p>
          Hash <code>{answer.hash}</code>
        </p>
      )}
      <pre className="code" tabIndex={0}>
        {JSON.stringify(answer.request, null, 2)}
      </pre>
    </section>
  );
}
