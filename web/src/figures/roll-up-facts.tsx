import type { ReactNode } from 'react';
import type { components } from '@muster/client';
import { useProperty } from '../app/property.js';
import { Facts } from '../parts/facts.js';
import { Instant } from '../parts/instant.js';
import { formatCount } from '../text/format.js';

/** What the next roll-up adds up and deletes. */
export function RollUpFacts({ settings }: { readonly settings: components['schemas']['CounterSettings'] }): ReactNode {
  const { property } = useProperty();
  const { at, deleted, deleted_counts, base_to_days, days_to_months, events_to_totals } = settings.next_roll_up;
  return (
    <Facts
      facts={[
        ['Next roll-up, at the earliest', <Instant key="at" at={at} zone={property.time_zone} />],
        ['Shortest periods that become days', formatCount(base_to_days)],
        ['Days that become months', formatCount(days_to_months)],
        ['Events that become totals', formatCount(events_to_totals)],
        ['Sums that are deleted', `${formatCount(deleted)}, of ${formatCount(deleted_counts)} counts`],
      ]}
    />
  );
}
