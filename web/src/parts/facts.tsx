import type { ReactNode } from 'react';

interface Props {
  readonly facts: readonly (readonly [label: string, value: ReactNode])[];
  readonly isLarge?: boolean;
}

/** A few values with their names. */
export function Facts({ facts, isLarge = false }: Props): ReactNode {
  return (
    <dl className={isLarge ? 'facts facts-large' : 'facts'}>
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
