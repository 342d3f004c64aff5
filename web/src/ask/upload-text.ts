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
