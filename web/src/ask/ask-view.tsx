import { useEffect, useMemo, useState, type ReactNode } from 'react';
import { useLocation, useSearchParams } from 'wouter';
import { useMutation, useQuery } from '@tanstack/react-query';
import { MusterError, unwrap } from '@muster/client';
import { api } from '../api/api.js';
import { usePropertySchema } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useSettled } from '../parts/use-settled.js';
import { Waiting } from '../parts/waiting.js';
import { CohortSection } from './cohort-section.js';
import { firstBody } from './first-body.js';
import { FormProvider, type PlacedError } from './form-context.js';
import { MetricSection } from './metric-section.js';
import { RequestText } from './request-text.js';
import { parseBody, type RequestBody } from './request-body.js';
import { ShapeSection } from './shape-section.js';
import { WindowSection } from './window-section.js';

const SETTLED_MS = 350;

/** A question: as a form, and as the JSON that is sent. The address holds all of it. */
export default function AskView(): ReactNode {
  const { property, grants } = useProperty();
  const [search] = useSearchParams();
  const given = bodyIn(search.get('request'));
  const schema = usePropertySchema(property.id, given === null && grants.has('events:read'));
  if (given === null && schema.isLoading) return <Waiting what="Looking at what has come in" isWhole />;
  const first = given ?? firstBody(schema.data?.events ?? [], search.get('cohort') ?? { all: true });
  return <Question key={property.id} first={first} />;
}

function Question({ first }: { readonly first: RequestBody }): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const [, setSearch] = useSearchParams();
  const [body, setBody] = useState(first);
  const text = useSettled(JSON.stringify(body), SETTLED_MS);
  useEffect(() => {
    setSearch(
      (known) => {
        known.delete('cohort');
        known.set('request', text);
        return known;
      },
      { replace: true },
    );
  }, [text, setSearch]);
  const check = useCheck(property.id, text);
  const ask = useMutation({
    mutationFn: async () => {
      const params = { path: { property: property.id } };
      return unwrap(await api.POST('/v1/properties/{property}/requests', { params, body: body as never }));
    },
    onSuccess: ({ id }) => navigate(at(`requests/${id}`)),
  });
  const refusal = ask.error ?? check.error;
  const errors = useMemo(() => placedErrors(refusal), [refusal]);
  const form = useMemo(() => ({ body, change: setBody, errors }), [body, errors]);
  return (
    <>
      <PageHead title="Ask" lead="Who, what, when: the answer is a value for every user, and figures over them." />
      <div className="ask">
        <form
          className="ask-form"
          aria-label="Question"
          onSubmit={(event) => {
            event.preventDefault();
            ask.mutate();
          }}
        >
          <FormProvider value={form}>
            <CohortSection />
            <MetricSection />
            <WindowSection />
            <ShapeSection />
          </FormProvider>
          {ask.error !== null && <ProblemNote error={ask.error} what="It was not asked" />}
          <div className="row">
            <button type="submit" className="button button-main" disabled={ask.isPending}>
              {ask.isPending ? 'Asking…' : 'Ask'}
            </button>
            <CheckWords check={check} errors={errors.length} />
          </div>
        </form>
        <RequestText body={body} onChange={setBody} />
      </div>
    </>
  );
}

/** What the service says of the question before it is asked: nothing runs for it. */
function useCheck(property: string, text: string) {
  return useQuery({
    queryKey: ['canonical', property, text],
    queryFn: async ({ signal }) => {
      const params = { path: { property } };
      const body = JSON.parse(text) as never;
      return unwrap(await api.POST('/v1/properties/{property}/requests/canonical', { params, body, signal }));
    },
    retry: false,
    staleTime: 5_000,
  });
}

function CheckWords({
  check,
  errors,
}: {
  readonly check: ReturnType<typeof useCheck>;
  readonly errors: number;
}): ReactNode {
  const { data, isFetching } = check;
  return (
    <span className="soft" role="status">
      {isFetching && 'Looking at the question…'}
      {!isFetching && errors > 0 && 'Something is missing or wrong yet: it is marked above.'}
      {!isFetching && errors === 0 && data?.fresh === true && 'The answer is stored: it comes at once.'}
      {!isFetching && errors === 0 && data?.fresh === false && (data.warnings[0]?.detail ?? 'Ready to be asked.')}
    </span>
  );
}

/** Null: the address holds no question. */
function bodyIn(text: string | null): RequestBody | null {
  if (text === null) return null;
  try {
    return parseBody(text);
  } catch {
    return null;
  }
}

function placedErrors(error: unknown): PlacedError[] {
  if (!(error instanceof MusterError)) return [];
  const placed = error.errors.map(({ pointer = '', detail }) => ({ pointer, detail }));
  return placed.length > 0 ? placed : [{ pointer: '', detail: error.detail }];
}
