import type { ReactNode } from 'react';
import { SelectField, TextField } from '../parts/field.js';
import type { CsvForm } from './upload-text.js';

interface Props {
  readonly form: CsvForm;
  readonly onChange: (form: CsvForm) => void;
}

/** How a CSV file is written, where it is not as usual. */
export function CsvFields({ form, onChange }: Props): ReactNode {
  return (
    <details>
      <summary>How the file is written</summary>
      <div className="form-grid details-body">
        <SelectField
          label="Between cells"
          value={form.delimiter}
          options={[
            { value: 'comma', label: 'commas' },
            { value: 'semicolon', label: 'semicolons' },
            { value: 'tab', label: 'tabs' },
            { value: 'pipe', label: 'pipes' },
          ]}
          onChange={(delimiter) => onChange({ ...form, delimiter })}
        />
        <SelectField
          label="Characters"
          value={form.encoding}
          options={[
            { value: 'utf-8', label: 'UTF-8' },
            { value: 'windows-1252', label: 'Windows-1252' },
            { value: 'utf-16le', label: 'UTF-16' },
          ]}
          onChange={(encoding) => onChange({ ...form, encoding })}
        />
        <SelectField
          label="First row"
          value={form.header}
          options={[
            { value: 'auto', label: 'a header if it looks like one' },
            { value: 'present', label: 'a header' },
            { value: 'absent', label: 'users already' },
          ]}
          onChange={(header) => onChange({ ...form, header })}
        />
        <TextField
          label="Column of the users"
          placeholder="Found by its name"
          hint="Its name, or its number from 1."
          value={form.column}
          onChange={(column) => onChange({ ...form, column })}
        />
      </div>
    </details>
  );
}
