import { DEMO_PROPERTY } from './run-demo.js';

/** Lines to copy and paste: the key, a metric, its per-user values, the catalogue. */
export function printCurlLines(url: string, apiKey: string): void {
  const property = `${url}/v1/properties/${DEMO_PROPERTY}`;
  const body = {
    cohort: 'january',
    metric: 'value_sum',
    params: { event: 'purchase', value: 'dollars' },
    window: { kind: 'since_birth', length: 'P30D' },
    birth: { kind: 'first_event', event: 'purchase' },
    as_of: '1998-07-01',
  };
  console.log(`
Ask yourself:

  export KEY=${apiKey}
  curl -s -H "Authorization: Bearer $KEY" '${url}/v1/metrics'
  curl -s -H "Authorization: Bearer $KEY" -H 'Content-Type: application/json' '${property}/requests?wait=10' \\
    -d '${JSON.stringify(body)}'
  curl -s -H "Authorization: Bearer $KEY" -H 'Accept: text/csv' '${property}/requests/<id of an answer>/users' | head`);
}
