import { useEffect, useState, type ReactNode } from 'react';
import { useProperty } from '../app/property.js';
import { CopyButton } from '../parts/copy-button.js';
import { Field } from '../parts/field.js';
import { Tabs } from '../parts/tabs.js';
import { curlLine, parseBody, typeScriptLines, type RequestBody } from './request-body.js';

interface Props {
  readonly body: RequestBody;
  readonly onChange: (body: RequestBody) => void;
}

type Form = 'json' | 'curl' | 'typescript';

const FORMS: readonly { readonly id: Form; readonly label: string }[] = [
  { id: 'json', label: 'JSON' },
  { id: 'curl', label: 'curl' },
  { id: 'typescript', label: 'TypeScript' },
];

/** The request as it is sent: as JSON, which can be edited, as a line for a shell, and as TypeScript. */
export function RequestText({ body, onChange }: Props): ReactNode {
  const { property } = useProperty();
  const [form, setForm] = useState<Form>('json');
  const { origin } = window.location;
  const code = form === 'curl' ? curlLine(origin, property.slug, body) : typeScriptLines(origin, property.slug, body);
  return (
    <aside className="ask-text" aria-label="The request as text">
      <Tabs label="Forms of the request" tabs={FORMS} chosen={form} onChoose={setForm}>
        {form === 'json' ? (
          <JsonField body={body} onChange={onChange} />
        ) : (
          <>
            <pre className="code" tabIndex={0} aria-label={form}>
              {code}
            </pre>
            <div className="row">
              <CopyButton label="Copy" text={() => code} />
              <span className="soft">$KEY is an API key of yours.</span>
            </div>
          </>
        )}
      </Tabs>
    </aside>
  );
}

function JsonField({ body, onChange }: Props): ReactNode {
  const shown = JSON.stringify(body, null, 2);
  const [text, setText] = useState(shown);
  const [error, setError] = useState<string | undefined>(undefined);
  useEffect(() => {
    // What is typed stays as it is typed while it says the same.
    setText((typed) => (says(typed, body) ? typed : shown));
  }, [shown, body]);
  const change = (next: string): void => {
    setText(next);
    try {
      onChange(parseBody(next));
      setError(undefined);
    } catch (failure) {
      setError(failure instanceof Error ? failure.message : String(failure));
    }
  };
  return (
    <>
      <Field label="Body of the request" error={error}>
        {(ids) => (
          <textarea
            {...ids}
            rows={22}
            spellCheck={false}
            value={text}
            onChange={(event) => change(event.target.value)}
          />
        )}
      </Field>
      <div className="row">
        <CopyButton label="Copy" text={() => text} />
        <span className="soft">The form follows what you type here.</span>
      </div>
    </>
  );
}

function says(text: string, body: RequestBody): boolean {
  try {
    return JSON.stringify(parseBody(text)) === JSON.stringify(body);
  } catch {
    return false;
  }
}
