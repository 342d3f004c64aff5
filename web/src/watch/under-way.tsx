import type { ReactNode } from 'react';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { unwrap, type Answer } from '@muster/client';
import { api } from '../api/api.js';
import { useCohortWords, useMetricTitle } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { ProgressLine } from '../parts/progress-line.js';

const READ_AGAIN_MS = 1_500;
const IDLE_MS = 10_000;
const MOST = 20;

/** What is computed or waits at the moment, each with its place or progress. */
export function UnderWay(): ReactNode {
  const { property } = useProperty();
  const { data: answers = [] } = useQuery({
    queryKey: ['under-way', property.id],
    queryFn: async () => {
      const [running, queued] = await Promise.all([readWith('running'), readWith('queued')]);
      return [...running, ...queued].slice(0, MOST);
    },
    refetchInterval: ({ state: { data } }) => ((data?.length ?? 0) > 0 ? READ_AGAIN_MS : IDLE_MS),
  });
  async function readWith(status: 'running' | 'queued'): Promise<readonly Answer[]> {
    const query = { status, include: 'answers', limit: MOST } as const;
    const params = { path: { property: property.id }, query };
    const { data } = unwrap(await api.GET('/v1/properties/{property}/requests', { params }));
    return data.flatMap(({ answer }) => (answer === null || answer === undefined ? [] : [answer]));
  }
  if (answers.length === 0) return null;
  return (
    <section className="panel" aria-label="Under way">
      <h2>Under way</h2>
      <ul className="plain-list under-way">
        {answers.map((answer) => (
          <UnderWayRow key={answer.id} answer={answer} />
        ))}
      </ul>
    </section>
  );
}

function UnderWayRow({ answer }: { readonly answer: Answer }): ReactNode {
  const { at, property } = useProperty();
  const title = useMetricTitle(answer);
  const cohort = useCohortWords(property.id, answer);
  return (
    <li>
      <Link href={at(`requests/${answer.id}`)}>
        {title} of {cohort}
      </Link>
      <ProgressLine status={answer.status} progress={answer.progress} />
    </li>
  );
}
