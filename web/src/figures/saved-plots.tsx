import { useState, type ReactNode } from 'react';
import { Link } from 'wouter';
import { useProperty } from '../app/property.js';
import { Icon } from '../parts/icon.js';
import { Section } from '../parts/section.js';
import { forgetPlot, savedPlots } from './plot-store.js';

/** The plots that were saved in this browser; nothing where there are none. */
export function SavedPlots(): ReactNode {
  const { property } = useProperty();
  const [, setChanges] = useState(0);
  const plots = savedPlots(localStorage, property.id);
  if (plots.length === 0) return null;
  return (
    <Section title="Saved plots" lead="Kept in this browser.">
      <ul className="plain-list">
        {plots.map(({ title, href }) => (
          <li key={href} className="row">
            <Link href={href}>{title}</Link>
            <button
              type="button"
              className="icon-button"
              onClick={() => {
                forgetPlot(localStorage, property.id, href);
                setChanges((changes) => changes + 1);
              }}
            >
              <Icon name="remove" label={`Forget ${title}`} />
            </button>
          </li>
        ))}
      </ul>
    </Section>
  );
}
