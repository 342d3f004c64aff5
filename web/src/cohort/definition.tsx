import type { ReactNode } from 'react';
import { useCohorts } from '../api/catalogue.js';
import { useProperty } from '../app/property.js';
import { definitionLines } from '../text/definition-words.js';

/** What a rule or set says, in words; each part stands below what it is a part of. */
export function Definition({ definition }: { readonly definition: object }): ReactNode {
  const { property } = useProperty();
  const { data: cohorts = [] } = useCohorts(property.id);
  const lines = definitionLines(definition, (id) => cohorts.find((one) => one.id === id)?.name);
  return (
    <ul className="definition">
      {lines.map(({ depth, text }, place) => (
        // Lines have no other name, and none is added or taken out while they are shown.
        // oxlint-disable-next-line react/no-array-index-key
        <li key={place} style={{ paddingInlineStart: `${depth * 1.25}rem` }}>
          {text}
        </li>
      ))}
    </ul>
  );
}
