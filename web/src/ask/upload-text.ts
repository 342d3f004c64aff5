const TYPES: Readonly<Record<string, string>> = {
  csv: 'text/csv',
  json: 'application/json',
  ndjson: 'application/x-ndjson',
  jsonl: 'application/x-ndjson',
};

/** What a file of users is sent as, by the end of its name: a list of lines unless that says otherwise. */
export function typeOfFile(name: string): string {
  return TYPES[name.toLowerCase().split('.').at(-1) ?? ''] ?? 'text/plain';
}

/** How a CSV file is written. */
export interface CsvForm {
  readonly delimiter: 'comma' | 'semicolon' | 'tab' | 'pipe';
  readonly encoding: 'utf-8' | 'windows-1252' | 'utf-16le';
  readonly header: 'auto' | 'present' | 'absent';
  /** Name or number of the column of the users; empty: the one with such a name, or the only one. */
  readonly column: string;
}

/** As the service takes a file of which nothing is said. */
export const USUAL_CSV: CsvForm = { delimiter: 'comma', encoding: 'utf-8', header: 'auto', column: '' };

/** What of the form is to be said to the service: what is not as usual. */
export function csvQuery(form: CsvForm): Readonly<Record<string, string>> {
  const names = ['delimiter', 'encoding', 'header', 'column'] as const;
  const said = names.filter((name) => form[name].trim() !== USUAL_CSV[name]);
  return Object.fromEntries(said.map((name) => [name, form[name].trim()]));
}
