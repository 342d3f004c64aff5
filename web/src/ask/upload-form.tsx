import { useState, type DragEvent, type ReactNode } from 'react';
import { useLocation } from 'wouter';
import { useMutation } from '@tanstack/react-query';
import { MusterError, type components } from '@muster/client';
import { useCohorts } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { Field, SelectField, TextField } from '../parts/field.js';
import { ProblemNote } from '../parts/problem-note.js';
import { useAddressPart } from '../parts/use-address-part.js';
import { labelsOf } from '../text/labels.js';
import { CsvFields } from './csv-fields.js';
import { csvQuery, typeOfFile, USUAL_CSV, type CsvForm } from './upload-text.js';

type Upload = components['schemas']['Upload'];

/**
 * Pastes or drops a list: it is sent as it is, and every row gets its verdict before it becomes a cohort, or a version of
 * the one that the address names.
 */
export function UploadForm(): ReactNode {
  const { property, at } = useProperty();
  const [target] = useAddressPart('cohort');
  const { data: cohorts = [] } = useCohorts(property.id);
  const [, navigate] = useLocation();
  const [name, setName] = useState('');
  const [description, setDescription] = useState('');
  const [tags, setTags] = useState('');
  const [text, setText] = useState('');
  const [file, setFile] = useState<File | null>(null);
  const [validate, setValidate] = useState<'strict' | 'lenient'>('strict');
  const [form, setForm] = useState<CsvForm>(USUAL_CSV);
  const [isOver, setOver] = useState(false);
  const isCsv = file !== null && typeOfFile(file.name) === 'text/csv';
  const send = useMutation({
    mutationFn: async () => {
      const query = new URLSearchParams({
        ...(target === '' ? { name, description, tags: labelsOf(tags).join(',') } : { cohort: target }),
        validate,
        ...(isCsv ? csvQuery(form) : {}),
      });
      const type = file === null ? 'text/plain' : typeOfFile(file.name);
      // The body goes as it is: the typed client would write it as JSON.
      const answer = await fetch(`/v1/properties/${encodeURIComponent(property.id)}/cohort-uploads?${query}`, {
        method: 'POST',
        headers: { 'content-type': type },
        body: file ?? text,
      });
      const said: unknown = await answer.json();
      if (!answer.ok) throw MusterError.fromResponse(answer, said);
      return said as Upload;
    },
    onSuccess: ({ id }) => navigate(at(`uploads/${id}`)),
  });
  const drop = (event: DragEvent): void => {
    event.preventDefault();
    setOver(false);
    setFile(event.dataTransfer.files[0] ?? null);
  };
  return (
    <form
      className="narrow-form"
      onSubmit={(event) => {
        event.preventDefault();
        send.mutate();
      }}
    >
      <div
        className="drop"
        data-over={isOver ? '' : undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Field label="File of users" hint="Drop one here, or choose it: CSV, NDJSON, JSON, or a user a line.">
          {(ids) => (
            <input
              {...ids}
              type="file"
              accept=".csv,.txt,.json,.ndjson,.jsonl"
              onChange={(event) => setFile(event.target.files?.[0] ?? null)}
            />
          )}
        </Field>
        {file !== null && (
          <p className="row">
            <span className="badge badge-accent">{file.name}</span>
            <button type="button" className="button button-small" onClick={() => setFile(null)}>
              Leave it out
            </button>
          </p>
        )}
      </div>
      {file === null && (
        <Field label="Or paste them" hint="An id a line, or with commas, semicolons or tabs between them.">
          {(ids) => <textarea {...ids} rows={8} value={text} onChange={(event) => setText(event.target.value)} />}
        </Field>
      )}
      {isCsv && <CsvFields form={form} onChange={setForm} />}
      {target !== '' && (
        <p className="note">
          It becomes a new version of {cohorts.find(({ id }) => id === target)?.name ?? target}, once you say so.
        </p>
      )}
      <div className="form-grid">
        {target === '' && (
          <>
            <TextField label="Name of the cohort" required value={name} onChange={setName} />
            <TextField label="Description" value={description} onChange={setDescription} />
            <TextField label="Tags" hint="With commas between them." value={tags} onChange={setTags} />
          </>
        )}
        <SelectField
          label="Unknown users"
          value={validate}
          options={[
            { value: 'strict', label: 'are left out' },
            { value: 'lenient', label: 'become members too' },
          ]}
          onChange={setValidate}
        />
      </div>
      {send.error !== null && <ProblemNote error={send.error} what="The list was not sent" />}
      <div>
        <button
          type="submit"
          className="button button-main"
          disabled={send.isPending || (file === null && text.trim() === '')}
        >
          {send.isPending ? 'Sending…' : 'Check the list'}
        </button>
      </div>
    </form>
  );
}
