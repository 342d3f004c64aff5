import { useState, type ReactNode } from 'react';
import { Link, useLocation, useParams } from 'wouter';
import { unwrap, type Cohort } from '@muster/client';
import { api } from '../api/api.js';
import { useCohorts } from '../api/catalogue.js';
import { useChange } from '../api/changes.js';
import { changedCohort, useCohort } from '../api/cohorts.js';
import { useProperty } from '../app/property.js';
import { ChangeForm } from '../parts/change-form.js';
import { Empty } from '../parts/empty.js';
import { errorAt } from '../parts/field-errors.js';
import { PageHead } from '../parts/page-title.js';
import { ProblemNote } from '../parts/problem-note.js';
import { TextAreaField } from '../parts/text-area-field.js';
import { Waiting } from '../parts/waiting.js';
import { bodyOfDefinition, expressionOf } from '../text/definition-body.js';
import { ExpressionField } from './cohort-section.js';
import { LiveSize } from './live-size.js';
import { RuleBuilder } from './rule-builder.js';

/** Changes what a rule or set is made of, which makes a new version. */
export default function EditCohortView(): ReactNode {
  const { cohort: id = '' } = useParams<{ cohort: string }>();
  const { property, at } = useProperty();
  const { data: cohort, error, refetch } = useCohort(property.id, id);
  const { data: cohorts } = useCohorts(property.id);
  if (error !== null && cohort === undefined) {
    return (
      <>
        <PageHead title="Change a cohort" />
        <ProblemNote error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  if (cohort === undefined || cohorts === undefined) return <Waiting what="Reading the cohort" isWhole />;
  return (
    <>
      <PageHead
        title={`Change ${cohort.name}`}
        lead="Another definition makes a new version; the old ones stay, and answers that were given too."
      />
      {cohort.definition === null ? (
        <Empty title="It is a list">
          <Link href={at(`cohorts/${cohort.id}`)}>Its page</Link> adds and removes users, and takes another list.
        </Empty>
      ) : (
        <EditForm cohort={cohort} definition={bodyOfDefinition(cohort.definition)} cohorts={cohorts} />
      )}
    </>
  );
}

interface EditFormProps {
  readonly cohort: Cohort;
  /** As a body writes it. */
  readonly definition: Readonly<Record<string, unknown>>;
  readonly cohorts: readonly Cohort[];
}

function EditForm({ cohort, definition, cohorts }: EditFormProps): ReactNode {
  const { property, at } = useProperty();
  const [, navigate] = useLocation();
  const isRule = 'rule' in definition;
  const nameOf = (id: string): string | undefined => cohorts.find((one) => one.id === id)?.name;
  const [expression, setExpression] = useState(() => (isRule ? null : expressionOf(definition['set'], nameOf)));
  const [text, setText] = useState(() => JSON.stringify(definition['set'], null, 2));
  const [rule, setRule] = useState(definition['rule'] as object);
  const set = expression ?? setIn(text);
  const content = isRule ? { ...definition, rule } : set === undefined ? null : { set };
  const save = useChange(
    async () => {
      const params = { path: { property: property.id, cohort: cohort.id } };
      const body = { name: cohort.name, ...content } as never;
      return unwrap(await api.PUT('/v1/properties/{property}/cohorts/{cohort}', { params, body }));
    },
    {
      changes: changedCohort(property.id, cohort.id),
      onDone: () => navigate(`${at(`cohorts/${cohort.id}`)}?panel=versions`),
    },
  );
  return (
    <div className="stack narrow-form">
      <ChangeForm
        action="Make a new version"
        what="Nothing was changed"
        change={save}
        onSubmit={() => save.mutate()}
        onCancel={() => navigate(at(`cohorts/${cohort.id}`))}
        isDisabled={content === null}
      >
        {isRule && <RuleBuilder rule={rule} error={errorAt(save.error, '/rule')} onChange={setRule} />}
        {!isRule && expression !== null && (
          <ExpressionField value={expression} error={errorAt(save.error, '/set')} onChange={setExpression} />
        )}
        {!isRule && expression === null && (
          <TextAreaField
            label="Set as JSON"
            hint="It has parts that an expression of names cannot say."
            rows={12}
            value={text}
            onChange={setText}
            error={set === undefined ? 'This is no JSON.' : errorAt(save.error, '/set')}
          />
        )}
        {isRule && 'universe' in definition && <p className="soft">Only users of the cohorts that it has now.</p>}
        {content !== null && <LiveSize content={content} />}
      </ChangeForm>
    </div>
  );
}

/** Undefined: the text is no JSON. */
function setIn(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
